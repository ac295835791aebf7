import { tierPriorities } from "../model.ts";
import { type Refusal, refusal } from "./refusal.ts";
import type { TierContext } from "./tier.ts";

/** Of a new ClusterNetworkPolicy of Kubernetes, whatever it says: whether there is a place for it. */
export function* clusterPolicyRefusals({
  tiers,
  hasClusterPolicies,
}: TierContext): Generator<Refusal> {
  if (!hasClusterPolicies)
    return yield refusal(
      "kind",
      "is ClusterNetworkPolicy of policy.networking.k8s.io",
      "must be one that is enforced: open the feature gate ClusterNetworkPolicy in antrea-controller.conf",
    );
  const holder = [...tiers].find(([, priority]) => priority === tierPriorities.clusterAdmin);
  if (holder)
    yield refusal(
      "kind",
      `is ClusterNetworkPolicy, whose place ${tierPriorities.clusterAdmin} is taken by Tier ${holder[0]}`,
      "must wait until that Tier is deleted",
    );
}
