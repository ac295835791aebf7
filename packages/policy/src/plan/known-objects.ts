import { errorText } from "@antrea/base";
import type { Knowledge } from "../admission/index.ts";
import type { ClusterUpdate } from "../computation/interface.ts";
import type {
  AntreaPolicyRecord,
  GroupRecord,
  ObjectName,
  TierRecord,
} from "../computation/records.ts";
import { type RecordKind, recordInputs } from "../records/index.ts";
import { DEFAULT_TIER } from "../tiers.ts";

/** An object as its author has it, and as it is read. */
export interface KnownObject {
  readonly object: unknown;
  readonly record: NamedRecord;
}

/** What all records have in common; the Namespace of one of the cluster is empty or not there. */
export type NamedRecord = object & { readonly name: string; readonly namespace?: string };

/** A cluster's objects, by kind and name. */
export class KnownObjects {
  readonly #byKind = new Map<RecordKind, Map<string, KnownObject>>();

  /** Gives a sentence where the object cannot be read: nothing is computed of it. */
  read(kind: RecordKind, object: unknown): string | undefined {
    try {
      const record = recordInputs[kind].project(object) as NamedRecord | undefined;
      if (record) this.set(kind, { object, record });
      return undefined;
    } catch (error) {
      return `${kind}: ${errorText(error)}`;
    }
  }

  set(kind: RecordKind, known: KnownObject): void {
    this.#of(kind).set(keyOf(known.record), known);
  }

  delete(kind: RecordKind, name: ObjectName): void {
    this.#of(kind).delete(keyOf(name));
  }

  get(kind: RecordKind, name: ObjectName): KnownObject | undefined {
    return this.#of(kind).get(keyOf(name));
  }

  /** Records of the kind, which its caller knows the type of. */
  records<R = NamedRecord>(kind: RecordKind): readonly R[] {
    return Array.from(this.#of(kind).values(), ({ record }) => record as R);
  }

  tell(cluster: ClusterUpdate): void {
    for (const [kind, objects] of this.#byKind)
      for (const { record } of objects.values()) recordInputs[kind].set(cluster, record);
  }

  #of(kind: RecordKind): Map<string, KnownObject> {
    const known = this.#byKind.get(kind) ?? new Map<string, KnownObject>();
    this.#byKind.set(kind, known);
    return known;
  }
}

function keyOf({ namespace = "", name }: { readonly namespace?: string; readonly name: string }) {
  return `${namespace}/${name}`;
}

/** As much of them as decides whether another object is accepted. */
export function knowledgeOf(known: KnownObjects): Knowledge {
  const tiers = async (): Promise<ReadonlyMap<string, number>> =>
    new Map(known.records<TierRecord>("tiers").map(({ name, priority }) => [name, priority]));
  const namesIn = (kind: RecordKind, calledAs: string, tier: string): readonly string[] =>
    known
      .records<AntreaPolicyRecord>(kind)
      .filter(({ spec }) => (spec.tier || DEFAULT_TIER) === tier)
      .map(
        ({ namespace, name }) => `${calledAs} ${namespace === "" ? "" : `${namespace}/`}${name}`,
      );
  return {
    isComplete: true,
    tiers,
    tiersNow: tiers,
    policiesOf: (tier) => [
      ...namesIn("antreaClusterPolicies", "ClusterNetworkPolicy", tier),
      ...namesIn("antreaPolicies", "NetworkPolicy", tier),
    ],
    groups(scope, namespace) {
      const groups = known
        .records<GroupRecord>(scope === "cluster" ? "clusterGroups" : "groups")
        .filter((group) => scope === "cluster" || group.namespace === namespace);
      const childrenOf = ({ spec }: GroupRecord): readonly string[] => spec.childGroups ?? [];
      const find = (name: string) => groups.find((group) => group.name === name);
      return {
        scope,
        childrenOf(name) {
          const group = find(name);
          return group && childrenOf(group);
        },
        parentsOf: (name) =>
          groups.filter((group) => childrenOf(group).includes(name)).map((group) => group.name),
        names: () => groups.map(({ name }) => name),
      };
    },
  };
}
