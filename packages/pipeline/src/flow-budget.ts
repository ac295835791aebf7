import { invariant } from "@antrea/base";
import { cidrAddress, cidrFamily, type IpAddress, nthAddress } from "@antrea/net";
import { compilePolicyRule } from "./features/network-policy.ts";
import { compilePeer } from "./features/peer-connectivity.ts";
import { compilePod } from "./features/pod-connectivity.ts";
import { globalVirtualMac, type NodeNetwork, type Path, type PeerNetwork } from "./network.ts";
import type { PolicyFlowRule } from "./policy/rule.ts";

/** How many flows one more of a kind takes on a Node. */
export interface FlowCost {
  readonly object:
    | "Pod of this Node"
    | "Node, by tunnel"
    | "Node, direct"
    | "Node, measured"
    /** For one Pod, of one peer and one port. */
    | "rule of a policy"
    /** One more Pod that a rule is for takes as many at most, one more port takes one. */
    | "peer of a rule";
  readonly flows: number;
}

/**
 * What this Node pays for growth: each compiler is given an object that stands for all of its kind, and
 * its flows are counted. Nobody pays for the Pods of other Nodes. Notes of destinations come on top:
 * at most 1024 for each Pod CIDR of a peer, gone five minutes after their last packet. `measures`: direct
 * paths prove themselves here, which takes flows for probes. Services take none: they are kube-proxy's.
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
  const ofRule = flowsOfRule(node, 1);
  return [
    { object: "Pod of this Node", flows: compilePod(aPod(node), node).length },
    ...paths.map(([object, path]) => ({
      object,
      flows: compilePeer(aPeer(node, path), node).length,
    })),
    ...(measures
      ? [{ object: "Node, measured", flows: compilePeer(measured(node), node).length } as const]
      : []),
    { object: "rule of a policy", flows: ofRule },
    { object: "peer of a rule", flows: flowsOfRule(node, 2) - ofRule },
  ];
}

/** What lets so many Pods anywhere come to one of this Node. */
function flowsOfRule(node: NodeNetwork, peers: number): number {
  const { podCidrs } = node;
  const addresses = podCidrs.flatMap((cidr) =>
    Array.from({ length: peers }, (_, i) => nthAddress(cidr, BigInt(i + 1))),
  );
  const rule: PolicyFlowRule = {
    ...{ id: 1, owner: "policy:stands-for/all/In/0", direction: "In", stage: "tiered" },
    ...{ priority: 10_000, action: "Allow", appliedTo: [aPod(node)] },
    peer: { addresses, ipBlocks: [] },
    services: [{ protocol: "TCP", port: 80 }],
  };
  return compilePolicyRule(rule, { families: podCidrs.map(cidrFamily) }).length;
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
