import type { NetworkPolicy } from "@antrea/policy";
import type { PolicyState } from "../policy/state.ts";

/** A policy that is not in force as it is wanted: what it allows may look forbidden, so nothing is ended for good. */
export function waitingPolicy(state: Pick<PolicyState, "policies">): NetworkPolicy | undefined {
  for (const { wanted, inForce } of state.policies()) if (inForce?.policy !== wanted) return wanted;
  return undefined;
}
