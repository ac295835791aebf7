import type { Computed } from "../computed.ts";
import type { Direction, GroupMember, IpBlock, PolicyKind, PolicySource } from "../model.ts";
import type {
  GroupRecord,
  NamespaceRecord,
  NodeRecord,
  ObjectName,
  PodRecord,
  PolicyRecord,
  ServiceRecord,
  TierRecord,
} from "./records.ts";

/**
 * The cluster's objects as they are told. Order does not matter: a Pod may come before its Namespace,
 * a policy before its tier or group; what is missing counts as empty until it is there. Setting replaces
 * what had the same name, also under another UID; removing what is not there does nothing.
 */
export interface ClusterUpdate {
  setPod(pod: PodRecord): void;
  removePod(name: ObjectName): void;
  setNamespace(namespace: NamespaceRecord): void;
  removeNamespace(name: string): void;
  setNode(node: NodeRecord): void;
  removeNode(name: string): void;
  setService(service: ServiceRecord): void;
  removeService(name: ObjectName): void;
  setTier(tier: TierRecord): void;
  removeTier(name: string): void;
  setGroup(group: GroupRecord): void;
  removeGroup(name: ObjectName): void;
  setPolicy(policy: PolicyRecord): void;
  removePolicy(policy: ObjectName & { readonly kind: PolicyKind }): void;
}

/** Policies and groups of the cluster, kept up to date; the cost of an update follows what it changes. */
export interface PolicyComputation extends Computed {
  /** All that `tell` says is one event: it is computed, and told to listeners, when `tell` returns. */
  update(tell: (cluster: ClusterUpdate) => void): void;
  /** What of a policy is not enforced as it is written, each a sentence for its status; by its UID. */
  problems(uid: string): readonly string[];
  /** Who is in a Group or ClusterGroup now, used by a policy or not; undefined where there is none. */
  group(name: ObjectName): ResolvedGroup | undefined;
  /** What concerns a Pod; undefined where there is none. */
  endpoint(pod: ObjectName): Endpoint | undefined;
  counts(): PolicyCounts;
}

export interface ResolvedGroup {
  readonly members: readonly GroupMember[];
  readonly ipBlocks: readonly IpBlock[];
  /** Why not all members are known, such as a child that does not exist. */
  readonly problems: readonly string[];
}

/** The answer to `antctl query endpoint`. */
export interface Endpoint {
  /** Policies that decide on the Pod's own traffic. */
  readonly applied: readonly PolicySource[];
  /** Rules of any policy that speak of the Pod as their other side; blocks of addresses are not looked at. */
  readonly peerOf: readonly EndpointRule[];
}

export interface EndpointRule {
  readonly policy: PolicySource;
  readonly direction: Direction;
  /** The place in its policy's list for the direction, from 0. */
  readonly index: number;
  readonly name: string;
}

/** Sizes, for metrics and the controller's own status. */
export interface PolicyCounts {
  readonly pods: number;
  readonly namespaces: number;
  readonly networkPolicies: number;
  readonly addressGroups: number;
  readonly appliedToGroups: number;
}
