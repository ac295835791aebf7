import {
  type Cidr,
  cidrFamily,
  familyOf,
  type IpAddress,
  type IpFamily,
  ipToBigInt,
} from "@antrea/net";
import type { Action, Flow, LearnSpec } from "@antrea/openflow/flow";
import * as of from "@antrea/openflow/flow";
import { cookieOf } from "../cookies.ts";
import { loadField } from "../field-actions.ts";
import { type FlowSource, flowsOf, priorities } from "../flow-builder.ts";
import { globalVirtualMac, type NodeNetwork, type PeerNetwork, type Tunnel } from "../network.ts";
import { registers } from "../registers.ts";
import { tables } from "../tables.ts";
import { toPort } from "./forwarding.ts";
import { guardTunnels } from "./network-policy-base.ts";
import { pathProbeFlows } from "./path-probes.ts";
import { tunnelPacketFrom } from "./tunnel-match.ts";

/** The owner of a peer's flows. */
export function peerOwner(name: string): string {
  return `peer:${name}`;
}

/** Sends to a peer by its path, and accepts from it both forms, so that Nodes need not agree at every moment. */
export function compilePeer(peer: PeerNetwork, node: NodeNetwork): readonly Flow[] {
  const flow = flowsOf("PodConnectivity", peerOwner(peer.identity.name));
  return [
    ...peer.identity.podCidrs.flatMap((cidr) => send(flow, peer, cidr, node)),
    ...compileAcceptance(peer, node),
  ];
}

/** Accepts from a peer whatever comes over the uplink: one by which it is not sent to, too. */
export function compileAcceptance(peer: PeerNetwork, node: NodeNetwork): readonly Flow[] {
  const flow = flowsOf("PodConnectivity", peerOwner(peer.identity.name));
  const { podCidrs, transport } = peer.identity;
  return [
    ...node.tunnels.flatMap((tunnel) =>
      transport.flatMap(({ address }) => acceptTunnel(flow, address, tunnel, node)),
    ),
    ...guardTunnels(flow, node, transport),
    ...podCidrs.flatMap((cidr) => acceptDirect(flow, peer, cidr, node)),
    ...podCidrs.flatMap((cidr) => pathProbeFlows(flow, peer, cidr, node)),
  ];
}

function send(flow: FlowSource, peer: PeerNetwork, cidr: Cidr, node: NodeNetwork): Flow[] {
  const way = wayTo(peer, node, cidrFamily(cidr));
  if (!way)
    return [
      flow(tables.L3Forwarding, "normal")
        .match(of.ethType(cidrFamily(cidr)), of.ipDst(cidr))
        .drop(),
    ];
  const sending = flow(tables.L3Forwarding, "normal")
    .match(of.ethType(cidrFamily(cidr)), of.ipDst(cidr))
    .act(...way.actions, ...noteDestination(peer, cidr, way.note));
  return [way.countsHop ? sending.goto("L3DecTTL") : sending.goto("IngressSecurityClassifier")];
}

/** What of a packet tells its destination. */
const destination: Readonly<Record<IpFamily, readonly LearnSpec[]>> = {
  ipv4: [of.learnMatch("eth_type", 0x0800n), of.learnMatch("ip_dst")],
  ipv6: [of.learnMatch("eth_type", 0x86ddn), of.learnMatch("ipv6_dst")],
};

/** How long a destination is remembered after its last packet, and how many for each peer and path. */
const noteIdleS = 300;
const noteLimit = 1024;

/**
 * Remembers each Pod address that this Node sends to, with the way taken and a count of packets, so
 * that `dump-flows | grep ADDRESS` answers for remote Pods too while the flows that decide stay one
 * a peer. A note bears Pod CIDR and way in its cookie, so all notes of a way go when it is no longer
 * taken, and those of a Pod CIDR when the peer has another.
 */
function noteDestination(
  { identity }: PeerNetwork,
  cidr: Cidr,
  note: readonly LearnSpec[],
): readonly Action[] {
  const { id: table } = tables.RecentDestinations;
  const learned = of.learn({
    table,
    priority: priorities.normal,
    idleTimeoutS: noteIdleS,
    limit: noteLimit,
    deleteLearned: true,
    cookie: cookieOf("PodConnectivity", `recent:${identity.name}:${cidr}:${wayText(note)}`),
    specs: [...destination[cidrFamily(cidr)], ...note],
  });
  return [learned, of.resubmit({ table })];
}

function wayText(note: readonly LearnSpec[]): string {
  return note
    .map((spec) => ("value" in spec ? `${spec.to.field}=${spec.value}` : spec.kind))
    .join();
}

interface Way {
  readonly actions: readonly Action[];
  readonly countsHop: boolean;
  /** What the note of a destination says of the way; repeating it changes nothing. */
  readonly note: readonly LearnSpec[];
}

/** What to do with a packet to the peer; undefined while there is no way, which drops it. */
function wayTo(peer: PeerNetwork, node: NodeNetwork, family: IpFamily): Way | undefined {
  const { path } = peer;
  if (path.kind === "none") return undefined;
  if (path.kind === "tunnel") {
    const tunnel = peer.tunnelForm
      ? node.tunnels.find(({ form }) => form === peer.tunnelForm)
      : node.tunnels[0];
    if (!tunnel) return undefined;
    return {
      countsHop: true,
      note: [
        of.learnLoad("tun_id", 0n),
        of.learnLoad(
          familyOf(path.remote) === "ipv4" ? "tun_dst" : "tun_ipv6_dst",
          ipToBigInt(path.remote),
        ),
      ],
      actions: [
        of.setEthSrc(node.gateway.mac),
        of.setEthDst(globalVirtualMac),
        of.setField("tun_id", 0),
        of.setTunDst(path.remote),
        loadField(registers.pktDestination, "tunnel"),
        ...toPort(tunnel.ofPort),
      ],
    };
  }
  if (node.uplink) {
    const nextHopMac = peer.nextHopMacs?.[family];
    if (!nextHopMac) return undefined;
    return {
      countsHop: true,
      note: [of.learnLoad("eth_dst", of.macNumber(nextHopMac))],
      actions: [
        of.setEthSrc(node.uplink.mac),
        of.setEthDst(nextHopMac),
        loadField(registers.pktDestination, "uplink"),
        ...toPort(node.uplink.ofPort),
      ],
    };
  }
  // the host's stack routes it on, and counts the hop
  return {
    countsHop: false,
    note: [of.learnLoad("eth_dst", of.macNumber(node.gateway.mac))],
    actions: [
      of.setEthDst(node.gateway.mac),
      loadField(registers.pktDestination, "gateway"),
      ...toPort(node.gateway.ofPort),
    ],
  };
}

/** Tunnels end here only when they come from this peer. */
function acceptTunnel(
  flow: FlowSource,
  address: IpAddress,
  tunnel: Tunnel,
  { uplink, gateway }: NodeNetwork,
): Flow[] {
  const flows = [
    flow(tables.Classifier, "normal")
      .match(of.inPort(tunnel.ofPort), of.tunSrc(address))
      .act(loadField(registers.pktSource, "tunnel"))
      .goto("ConntrackZone"),
  ];
  if (!uplink) return flows;
  const own = uplink.addresses
    .map((a) => a.address)
    .filter((a) => familyOf(a) === familyOf(address));
  return [
    ...flows,
    // handing it to a port with an address is how the userspace datapath ends a tunnel
    ...own.map((ours) =>
      flow(tables.UplinkClassifier, "normal")
        .match(of.inPort(uplink.ofPort), tunnelPacketFrom(tunnel, address, ours))
        .act(of.output(gateway.ofPort))
        .end(),
    ),
  ];
}

/** Un-encapsulated packets of the peer's Pods: from its own link address where it is a neighbour, from nobody else. */
function acceptDirect(flow: FlowSource, peer: PeerNetwork, cidr: Cidr, node: NodeNetwork): Flow[] {
  const { uplink } = node;
  if (!uplink) return [];
  const isRouted = peer.path.kind === "direct" && !peer.path.onLink;
  const mayBeRouted = isRouted || (peer.mayBeRouted ?? false);
  const flows = [
    flow(tables.UplinkClassifier, "low")
      .match(of.inPort(uplink.ofPort), of.ethType(cidrFamily(cidr)), of.ipSrc(cidr))
      .drop(),
  ];
  const sender = peer.linkMac ?? peer.routerMac;
  if (!sender && !mayBeRouted) return flows;
  // in noEncap any router may bring them: one that stands in for another sends from its own address
  const fromPeer = sender && !mayBeRouted ? [of.ethSrc(sender)] : [];
  return [
    ...flows,
    ...node.podCidrs
      .filter((ours) => cidrFamily(ours) === cidrFamily(cidr))
      .map((ours) =>
        flow(tables.UplinkClassifier, "normal")
          .match(
            of.inPort(uplink.ofPort),
            of.ethDst(uplink.mac),
            fromPeer,
            of.ethType(cidrFamily(cidr)),
            of.ipSrc(cidr),
            of.ipDst(ours),
          )
          .act(loadField(registers.pktSource, "uplink"))
          .goto("ConntrackZone"),
      ),
  ];
}
