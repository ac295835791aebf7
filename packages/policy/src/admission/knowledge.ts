import type { GroupContext } from "./group.ts";
import type { PolicyScope } from "./rules.ts";

/** What there is in the cluster, as far as it decides whether another object is accepted. */
export interface Knowledge {
  /** False until all of it has been told once. */
  readonly isComplete: boolean;
  /**
   * The numbers of Tiers, by name. The server is asked where the watch has not told of `wanted`: one
   * manifest may make a Tier and a policy in it.
   */
  tiers(wanted?: string): Promise<ReadonlyMap<string, number>>;
  /** As the server has them now. */
  tiersNow(): Promise<ReadonlyMap<string, number>>;
  /** The policies of a Tier, as "ClusterNetworkPolicy web" and "NetworkPolicy shop/web". */
  policiesOf(tier: string): readonly string[];
  /** ClusterGroups, or the Groups of a Namespace. */
  groups(scope: PolicyScope, namespace: string): GroupKnowledge;
}

export interface GroupKnowledge extends GroupContext {
  names(): readonly string[];
}
