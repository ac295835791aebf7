import type { GroupContext } from "./group.ts";
import type { PolicyScope } from "./rules.ts";

/** What there is in the cluster, as far as it decides whether another object is accepted. */
export interface Knowledge {
  /** False until all of it has been told once. */
  readonly isComplete: boolean;
  /**
   * The numbers of Tiers, by name. The server is asked for `wanted` where the watch has not told of it: one
   * manifest may make a Tier and a policy in it.
   */
  tiers(wanted?: string): Promise<ReadonlyMap<string, number>>;
  /** As the server has them now. It is asked one question at a time, however many wait for the answer. */
  tiersNow(): Promise<ReadonlyMap<string, number>>;
  /** The policies of a Tier, as "ClusterNetworkPolicy web" and "NetworkPolicy shop/web". */
  policiesOf(tier: string): readonly string[];
  /** ClusterGroups, or the Groups of a Namespace. */
  groups(scope: PolicyScope, namespace: string): GroupKnowledge;
}

export interface GroupKnowledge extends GroupContext {
  /** Some of them, so many at the most. */
  names(most: number): readonly string[];
}
