import type { MacAddress } from "@antrea/net";
import type { Flow } from "@antrea/openflow/flow";
import type { HostEntries } from "@antrea/linux";
import { compilePeer } from "@antrea/pipeline";
import type { TunnelRoute } from "../bridge/tunnel-routes.ts";
import { compilePeerHost } from "../host/desired-host.ts";
import type { NodeNow } from "../node/node-now.ts";
import { type NextHop, type PeerPlan, withLinkAddresses } from "./peers.ts";

/** All that a Node keeps for a peer. */
export interface DesiredPeer {
  readonly flows: readonly Flow[];
  readonly host: HostEntries;
  readonly tunnelRoutes: readonly TunnelRoute[];
}

/** What follows from a plan; the same whether it is done or only asked about. */
export function desiredPeer(
  plan: PeerPlan,
  { network, hostPlan }: Pick<NodeNow, "network" | "hostPlan">,
  macOf: (hop: NextHop) => MacAddress | undefined,
): DesiredPeer {
  const tellsWays = network.uplink !== undefined && network.tunnels.length > 0;
  return {
    flows: compilePeer(withLinkAddresses(plan, macOf), network),
    host: compilePeerHost(plan, hostPlan),
    tunnelRoutes: tellsWays && plan.tunnelRoute ? [plan.tunnelRoute] : [],
  };
}
