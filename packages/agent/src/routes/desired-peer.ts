import type { MacAddress } from "@antrea/net";
import { type Flow, flowKey } from "@antrea/openflow/flow";
import type { HostEntries } from "@antrea/linux";
import { compileAcceptance, compilePeer, type NodeNetwork, networkOver } from "@antrea/pipeline";
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
  // two choices of one link may name the same address of the peer
  const ends = new Map(
    [plan, ...plan.others].flatMap(({ tunnelRoute: way }) =>
      way ? [[way.destination, way] as const] : [],
    ),
  );
  return {
    flows: flowsTo(plan, network, macOf),
    host: compilePeerHost(plan, hostPlan),
    tunnelRoutes: tellsWays ? [...ends.values()] : [],
  };
}

/** Sends over one link, and takes from all in force. */
function flowsTo(
  plan: PeerPlan,
  network: NodeNetwork,
  macOf: (hop: NextHop) => MacAddress | undefined,
): readonly Flow[] {
  const { others, podCidrs, device } = plan;
  const sending = compilePeer(withLinkAddresses(plan, macOf), networkOver(network, device));
  const taking = others.flatMap((way) =>
    compileAcceptance(
      withLinkAddresses({ ...way, podCidrs }, macOf),
      networkOver(network, way.device),
    ),
  );
  // two addresses of one link have some in common
  return [...new Map([...taking, ...sending].map((flow) => [flowKey(flow), flow])).values()];
}
