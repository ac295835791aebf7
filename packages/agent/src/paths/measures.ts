import type { TrafficMode } from "@antrea/pipeline";
import { settingsOf } from "@antrea/pipeline/mode";
import type { ThisNode } from "../node/this-node.ts";

/**
 * Whether direct paths have to prove themselves here in this mode. Probes are frames that the bridge
 * sends and takes by the uplink: where the host's stack has it alone, `auto` is `hybrid` and paths go
 * by subnet.
 */
export function measures(
  mode: TrafficMode,
  { config: { pathSelection }, isUplinkShared }: Pick<ThisNode, "config" | "isUplinkShared">,
): boolean {
  const isAsked = mode === "auto" || (mode === "hybrid" && pathSelection === "measured");
  return isAsked && isUplinkShared;
}

/** Whether one of the modes does in which this Node sends or takes now. */
export function measuresAny(node: Pick<ThisNode, "config" | "isUplinkShared" | "stance">): boolean {
  return settingsOf(node.stance).some((one) => measures(one.trafficEncapMode, node));
}
