import { clusterNetworkPolicyKind, networkPolicyKind } from "../policy/antrea-policy.ts";
import { clusterGroupKind, namespacedGroupKind } from "../policy/group.ts";
import { tierKind } from "../policy/tier.ts";
import { agentInfoKind } from "./agent-info.ts";
import { controllerInfoKind } from "./controller-info.ts";
import type { CustomKind } from "./kind.ts";
import { modeChangeKind } from "./mode-change.ts";
import { podCidrClaimKind } from "./pod-cidr-claim.ts";

/** Every kind of our own: the manifest installs them and the reference page tells them, in this order. */
export const customKinds: readonly CustomKind<unknown>[] = [
  agentInfoKind,
  controllerInfoKind,
  podCidrClaimKind,
  modeChangeKind,
  tierKind,
  clusterNetworkPolicyKind,
  networkPolicyKind,
  clusterGroupKind,
  namespacedGroupKind,
];
