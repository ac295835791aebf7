import type { DesiredState } from "@antrea/ovsdb";
import type { NodeNetwork } from "@antrea/pipeline";
import { ownTunnelRoutes, type TunnelRoute } from "../bridge/tunnel-routes.ts";
import { type HostPlan, hostPlanOf } from "../host/desired-host.ts";
import type { ThisNode } from "./this-node.ts";

/** This Node as it is meant to be at this moment, in the terms of each part of it. All follow from the first two. */
export interface NodeNow {
  readonly node: ThisNode;
  readonly network: NodeNetwork;
  readonly hostPlan: HostPlan;
  readonly desired: DesiredState;
  /** This Node's own ends of tunnels. */
  readonly tunnelEnds: readonly TunnelRoute[];
}

export function nodeNow(
  node: ThisNode,
  { network, desired }: Pick<NodeNow, "network" | "desired">,
): NodeNow {
  return {
    ...{ node, network, desired },
    hostPlan: hostPlanOf(node, network),
    tunnelEnds: ownTunnelRoutes(node),
  };
}
