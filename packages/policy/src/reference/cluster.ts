import type {
  GroupRecord,
  Labels,
  NamespaceRecord,
  NodeRecord,
  PodRecord,
  PolicyRecord,
  ServiceRecord,
  TierRecord,
} from "../computation/records.ts";

/** A cluster at one moment, and the policies as people wrote them: all that a verdict depends on. */
export interface Cluster {
  readonly namespaces: readonly NamespaceRecord[];
  readonly pods: readonly PodRecord[];
  readonly nodes: readonly NodeRecord[];
  readonly services: readonly ServiceRecord[];
  /** Those that people made; the tiers that always exist need not be named. */
  readonly tiers: readonly TierRecord[];
  readonly groups: readonly GroupRecord[];
  readonly policies: readonly WrittenPolicy[];
}

/** A policy as far as verdicts depend on it: not on which object of its name it is, nor on how often it changed. */
export type Written<P extends PolicyRecord> = P extends PolicyRecord
  ? Omit<P, "uid" | "generation">
  : never;
export type WrittenPolicy = Written<PolicyRecord>;

export const emptyCluster: Cluster = {
  namespaces: [],
  pods: [],
  nodes: [],
  services: [],
  tiers: [],
  groups: [],
  policies: [],
};

/** Empty where there is no such Namespace. */
export function namespaceLabels({ namespaces }: Cluster, name: string): Labels {
  return namespaces.find((one) => one.name === name)?.labels ?? {};
}
