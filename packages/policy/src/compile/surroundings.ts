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
  /** All of them; `labels` are those that are looked at. */
  namespaces(labels: Iterable<string>): Iterable<NamespaceRecord>;
}

/** The key of something that was looked at; when it changes, who looked is to look again. */
export const readKeys = {
  tier: (name: string) => `tier:${name}`,
  group: ({ namespace, name }: ObjectName) => `group:${namespace}/${name}`,
  service: ({ namespace, name }: ObjectName) => `service:${namespace}/${name}`,
  /** Which there are. */
  namespaces: "namespaces",
  namespaceLabel: (label: string) => `namespaces:${label}`,
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
      namespaces(labels) {
        for (const label of labels) reads.add(readKeys.namespaceLabel(label));
        return saw(readKeys.namespaces, surroundings).namespaces(labels);
      },
    },
  };

  function saw<T>(key: string, value: T): T {
    reads.add(key);
    return value;
  }
}
