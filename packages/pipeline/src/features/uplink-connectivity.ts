import { cidrFamily, familyOf, type IpAddress, type IpFamily } from "@antrea/net";
import type { FieldMatch, Flow } from "@antrea/openflow/flow";
import * as of from "@antrea/openflow/flow";
import { bitsOf, fieldIs, loadField } from "../field-actions.ts";
import type { FlowSource } from "../flow-builder.ts";
import type { Gateway, NodeNetwork, Tunnel, Uplink } from "../network.ts";
import { connection, registers } from "../registers.ts";
import { tables } from "../tables.ts";
import { toPort } from "./forwarding.ts";
import { ownTunnelPacket } from "./tunnel-match.ts";

/**
 * The uplink that the bridge shares with the host. Its own tunnel packets pass here once more on
 * their way out, because the userspace datapath sends them as if they had come in by the link that
 * carries the Node's address. What no flow takes is dropped here and handled by the host.
 */
export function uplinkFlows(
  flow: FlowSource,
  { gateway, tunnels, podCidrs }: NodeNetwork,
  uplink: Uplink,
): Flow[] {
  const fromUplink = of.inPort(uplink.ofPort);
  return [
    flow(tables.PipelineRootClassifier, "high").match(fromUplink).goto("UplinkClassifier"),
    ...uplink.addresses.flatMap(({ address }) =>
      tunnelTransit(flow, tunnels, uplink, gateway, address),
    ),
    ...podCidrs.flatMap((cidr) => [
      // nobody outside may speak as one of our Pods
      flow(tables.UplinkClassifier, "low")
        .match(fromUplink, of.ethType(cidrFamily(cidr)), of.ipSrc(cidr))
        .drop(),
      flow(tables.UplinkClassifier, "lower")
        .match(fromUplink, of.ethDst(uplink.mac), of.ethType(cidrFamily(cidr)), of.ipDst(cidr))
        .act(
          loadField(registers.pktSource, "uplinkExternal"),
          of.move(of.subfield("eth_src"), bitsOf(registers.clientMac)),
        )
        .goto("ConntrackZone"),
    ]),
  ];
}

/** Answers to who reached a Pod from outside, by the uplink. */
export function answersBy(flow: FlowSource, uplink: Uplink, families: readonly IpFamily[]): Flow[] {
  return [
    ...families.map((family) =>
      flow(tables.L3Forwarding, "higher")
        .match(
          of.ethType(family),
          fieldIs(registers.isReject, "yes"),
          fieldIs(registers.pktSource, "uplinkExternal"),
        )
        .act(
          of.setEthSrc(uplink.mac),
          of.move(bitsOf(registers.clientMac), of.subfield("eth_dst")),
          loadField(registers.pktDestination, "uplink"),
          ...toPort(uplink.ofPort),
        )
        .goto("IngressSecurityClassifier"),
    ),
    ...families.map((family) =>
      flow(tables.L3Forwarding, "high")
        .match(
          of.ethType(family),
          of.ctState("+rpl+trk"),
          fieldIs(connection.source, "uplinkExternal"),
        )
        .act(
          of.setEthSrc(uplink.mac),
          of.move(bitsOf(connection.clientMac), of.subfield("eth_dst")),
          loadField(registers.pktDestination, "uplink"),
          ...toPort(uplink.ofPort),
        )
        .goto("L3DecTTL"),
    ),
  ];
}

/** Encapsulated packets of our own tunnel ports and their questions for neighbours on their way out, and the answers that they wait for. */
function tunnelTransit(
  flow: FlowSource,
  tunnels: readonly Tunnel[],
  uplink: Uplink,
  gateway: Gateway,
  address: IpAddress,
): Flow[] {
  if (tunnels.length === 0) return [];
  const ours = [of.inPort(uplink.ofPort), of.ethSrc(uplink.mac)];
  const { question, answer } = resolution(address);
  return [
    ...tunnels.map((tunnel) =>
      flow(tables.UplinkClassifier, "high")
        .match(ours, ownTunnelPacket(tunnel, address))
        .act(of.inPortOutput())
        .end(),
    ),
    flow(tables.UplinkClassifier, "high").match(ours, question).act(of.inPortOutput()).end(),
    flow(tables.UplinkClassifier, "normal")
      .match(of.inPort(uplink.ofPort), answer)
      .act(of.output(gateway.ofPort))
      .end(),
  ];
}

/** How this Node asks for a neighbour from `address`, and what comes back. */
function resolution(address: IpAddress): Record<"question" | "answer", readonly FieldMatch[]> {
  return familyOf(address) === "ipv4"
    ? {
        question: [of.ethType("arp"), of.arpOp("request"), of.arpSpa(address)],
        answer: [of.ethType("arp"), of.arpOp("reply"), of.arpTpa(address)],
      }
    : {
        question: [of.icmpv6Type(135), of.ipSrc(address)],
        answer: [of.icmpv6Type(136), of.ipDst(address)],
      };
}
