import type {
  GroupRecord,
  NamespaceRecord,
  ObjectName,
  ServiceRecord,
} from "../computation/records.ts";

/** What a policy's meaning depends on beside its own text and the members of groups. */
export interface Surroundings {
  tierPriority(name: string): number | undefined;
  group(name: ObjectName): GroupRecord | undefined;
  service(name: ObjectName): ServiceRecord | undefined;
  namespaces(): Iterable<NamespaceRecord>;
}

/** The key of something that was looked at; when it changes, who looked is to look again. */
export const readKeys = {
  tier: (name: string) => `tier:${name}`,
  group: ({ namespace, name }: ObjectName) => `group:${namespace}/${name}`,
  service: ({ namespace, name }: ObjectName) => `service:${namespace}/${name}`,
  namespaces: "namespaces",
} as const;

/** The same surroundings, and what was looked at in them. */
export function tracked(surroundings: Surroundings): {
  readonly surroundings: Surroundings;
  readonly reads: ReadonlySet<string>;
} {
  const reads = new Set<string>();
  return {
    reads,
    surroundings: {
      tierPriority: (name) => surroundings.tierPriority(saw(readKeys.tier(name), name)),
      group: (name) => surroundings.group(saw(readKeys.group(name), name)),
      service: (name) => surroundings.service(saw(readKeys.service(name), name)),
      namespaces: () => saw(readKeys.namespaces, surroundings).namespaces(),
    },
  };

  function saw<T>(key: string, value: T): T {
    reads.add(key);
    return value;
  }
}
