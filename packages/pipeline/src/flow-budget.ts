import { invariant } from "@antrea/base";
import { cidrAddress, cidrFamily, type IpAddress } from "@antrea/net";
import { compilePeer } from "./features/peer-connectivity.ts";
import { compilePod } from "./features/pod-connectivity.ts";
import { globalVirtualMac, type NodeNetwork, type Path, type PeerNetwork } from "./network.ts";

/** How many flows one more of a kind takes on a Node. */
export interface FlowCost {
  readonly object: "Pod of this Node" | "Node, by tunnel" | "Node, direct" | "Node, measured";
  readonly flows: number;
}

/**
 * What this Node pays for growth: each compiler is given an object that stands for all of its kind, and
 * its flows are counted. Nobody pays for the Pods of other Nodes. Notes of destinations come on top:
 * at most 1024 for each Pod CIDR of a peer, gone five minutes after their last packet. `measures`: direct
 * paths prove themselves here, which takes flows for probes.
 */
export function flowBudget(
  node: NodeNetwork,
  { measures = false }: { readonly measures?: boolean } = {},
): readonly FlowCost[] {
  const remote = anAddress(node);
  const paths: readonly (readonly [FlowCost["object"], Path])[] = [
    ...(node.tunnels.length > 0
      ? [["Node, by tunnel", { kind: "tunnel", remote, reason: "" }] as const]
      : []),
    ["Node, direct", { kind: "direct", onLink: true, reason: "" }],
  ];
  return [
    { object: "Pod of this Node", flows: compilePod(aPod(node), node).length },
    ...paths.map(([object, path]) => ({
      object,
      flows: compilePeer(aPeer(node, path), node).length,
    })),
    ...(measures
      ? [{ object: "Node, measured", flows: compilePeer(measured(node), node).length } as const]
      : []),
  ];
}

function aPod({ podCidrs, gateway }: NodeNetwork) {
  return {
    key: "stands-for/all",
    ofPort: gateway.ofPort,
    mac: gateway.mac,
    addresses: podCidrs.map(cidrAddress),
  };
}

/** With Pod CIDRs and addresses of the families that this Node has. */
function aPeer({ podCidrs, uplink, gateway }: NodeNetwork, path: Path): PeerNetwork {
  const mac = globalVirtualMac;
  return {
    identity: {
      name: "stands-for-all",
      podCidrs,
      transport: uplink?.addresses ?? gateway.addresses.slice(0, 1),
    },
    path,
    linkMac: mac,
    nextHopMacs: Object.fromEntries(podCidrs.map((cidr) => [cidrFamily(cidr), mac])),
  };
}

/** Its probes come, and come back, whatever its path is; a direct one is what they are for. */
function measured(node: NodeNetwork): PeerNetwork {
  const peer = aPeer(node, { kind: "direct", onLink: true, reason: "" });
  return { ...peer, isMeasured: true };
}

function anAddress({ uplink, gateway }: NodeNetwork): IpAddress {
  const [first] = uplink?.addresses ?? gateway.addresses;
  invariant(first, "a Node has an address");
  return first.address;
}
