import type {
  AddressGroup,
  AppliedToGroup,
  GroupMember,
  NetworkPolicy,
  PodReceipt,
} from "./model.ts";

/** What has been computed of the cluster, and which Nodes are concerned: between who computes and who tells the Nodes. */
export interface Computed {
  /** As one Node sees a policy: the rules that are for somebody on it, where the policy has rules for some only. */
  readonly networkPolicies: ComputedObjects<NetworkPolicy>;
  readonly addressGroups: ComputedObjects<AddressGroup>;
  /**
   * As one Node sees a group: members on it alone. Its span is that of the rules that use it, so that a
   * Node with a rule has all of the rule's groups, some of them maybe without members.
   */
  readonly appliedToGroups: ComputedObjects<AppliedToGroup>;
  /**
   * By UID; the span of one is the Pod's Node, and it never changes. Told last of each event, when all
   * else that follows from the Pod has been told.
   */
  readonly podReceipts: ComputedObjects<PodReceipt>;
}

export interface ComputedObjects<T> {
  /** The object as the Node is to have it; undefined where it is not in the object's span. */
  forNode(name: string, nodeName: string): T | undefined;
  /** The object for people: whole, with all members; undefined where there is none. */
  get(name: string): T | undefined;
  names(): Iterable<string>;
  namesFor(nodeName: string): Iterable<string>;
  /** The Nodes that need the object. */
  span(name: string): ReadonlySet<string>;
  /**
   * Called after each change, once everything of one event of the cluster is computed: groups before the
   * policies that begin to use them, policies before the groups that they leave. A policy that no Node
   * needs is told of as well, without Nodes: its status is somebody's.
   */
  onChange(listener: (change: ComputedChange) => void): () => void;
}

/** A change of one object. Cost follows the change: a group of ten thousand that gets one member tells one. */
export interface ComputedChange {
  readonly name: string;
  /** Nodes that get the object whole, and those that lose it. */
  readonly joined: Iterable<string>;
  readonly left: Iterable<string>;
  /** Nodes that have it and are told the difference: members for a group, the whole of a policy. */
  readonly stayed: Iterable<string>;
  /**
   * The difference of a group as one Node sees it; both empty for a policy. A member that changed is in
   * both, as it was and as it is: what is removed goes first.
   */
  membersFor(nodeName: string): {
    readonly added: readonly GroupMember[];
    readonly removed: readonly GroupMember[];
  };
}
