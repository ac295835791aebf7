import { readKeys, type Surroundings } from "../compile/surroundings.ts";
import { type ClusterEvent, keyOf } from "./event.ts";
import type { Namespaces } from "./namespaces.ts";
import type { GroupRecord, ServiceRecord, TierRecord } from "./records.ts";

/** Objects that policies name, as they are told. */
export class NamedObjects {
  readonly #tiers = new Map<string, TierRecord>();
  readonly #groups = new Map<string, GroupRecord>();
  readonly #services = new Map<string, ServiceRecord>();

  surroundings(namespaces: Namespaces): Surroundings {
    return {
      tierPriority: (name) => this.#tiers.get(name)?.priority,
      group: (name) => this.#groups.get(keyOf(name)),
      service: (name) => this.#services.get(keyOf(name)),
      namespaces: () => namespaces.records(),
    };
  }

  /** What policies that looked at it have to look at again. */
  take({ tiers, groups, services }: ClusterEvent): readonly string[] {
    replace(this.#tiers, tiers);
    replace(this.#groups, groups);
    replace(this.#services, services);
    return [
      ...Array.from(tiers.keys(), readKeys.tier),
      ...Array.from(groups.keys(), (key) => `group:${key}`),
      ...Array.from(services.keys(), (key) => `service:${key}`),
    ];
  }
}

function replace<T>(known: Map<string, T>, told: ReadonlyMap<string, T | undefined>): void {
  for (const [key, value] of told)
    if (value === undefined) known.delete(key);
    else known.set(key, value);
}
