import type { Action, Flow } from "@antrea/openflow/flow";
import * as of from "@antrea/openflow/flow";
import { cidrFamily, familyOf, type Ipv4Address } from "@antrea/net";
import { bitsOf, fieldIs, loadField } from "../field-actions.ts";
import { type FlowSource, flowsOf } from "../flow-builder.ts";
import {
  globalVirtualMac,
  type Gateway,
  type NodeNetwork,
  type Tunnel,
  type Uplink,
} from "../network.ts";
import { connection, ctZones, registers } from "../registers.ts";
import { tables } from "../tables.ts";
import { answerArp } from "./arp.ts";
import { toPort } from "./forwarding.ts";
import { ownTunnelPacket } from "./tunnel-match.ts";

/** The owner of the flows that a Node has without any Pod or peer. */
export const nodeOwner = "node";

/** The flows that hold the pipeline together, and those of the gateway and the uplink. */
export function compileNode(node: NodeNetwork): readonly Flow[] {
  const flow = flowsOf("Default", nodeOwner);
  return [
    ...skeleton(flow),
    ...gatewayFlows(flow, node.gateway),
    ...(node.uplink ? uplinkFlows(flow, node, node.uplink) : []),
    ...connectionFlows(flow, node),
  ];
}

/** What every packet passes, whoever sent it: table misses, and the way from conntrack to the output. */
function skeleton(flow: FlowSource): Flow[] {
  const misses = Object.values(tables).map((table) => {
    const [next] = table.next;
    const missed = flow(table, "miss");
    return table.miss === "next" && next !== undefined ? missed.goto(next) : missed.drop();
  });
  return [
    ...misses,
    flow(tables.PipelineRootClassifier, "normal").match(of.ethType("arp")).goto("ARPSpoofGuard"),
    flow(tables.PipelineRootClassifier, "normal").match(of.ethType("ipv4")).goto("Classifier"),
    flow(tables.ConntrackZone, "normal")
      .match(of.ethType("ipv4"))
      .act(of.ct({ zone: ctZones.ipv4, table: tables.ConntrackState.id }))
      .end(),
    flow(tables.ConntrackState, "normal").match(of.ethType("ipv4"), of.ctState("+inv+trk")).drop(),
    flow(tables.L3DecTTL, "high")
      .match(of.ethType("ipv4"), fieldIs(registers.pktSource, "gateway"))
      .goto("ConntrackCommit"),
    flow(tables.L3DecTTL, "normal")
      .match(of.ethType("ipv4"))
      .act(of.decTtl())
      .goto("ConntrackCommit"),
    flow(tables.Output, "normal")
      .match(fieldIs(registers.output, "port"))
      .act(of.outputReg(bitsOf(registers.targetOfPort)))
      .end(),
  ];
}

/** The host itself: ARP on its behalf and for it, what it sends, what is sent to it and to the world behind it. */
function gatewayFlows(flow: FlowSource, gateway: Gateway): Flow[] {
  const addresses = gateway.addresses
    .map((a) => a.address)
    .filter((a) => familyOf(a) === "ipv4") as Ipv4Address[];
  const toHost = [loadField(registers.pktDestination, "gateway"), ...toPort(gateway.ofPort)];
  return [
    ...addresses.flatMap((address) => [
      flow(tables.ARPSpoofGuard, "normal")
        .match(
          of.inPort(gateway.ofPort),
          of.ethType("arp"),
          of.arpSpa(address),
          of.arpSha(gateway.mac),
        )
        .goto("ARPResponder"),
      flow(tables.ARPResponder, "high")
        .match(of.inPort(gateway.ofPort), of.ethType("arp"), of.arpTpa(address))
        .drop(),
      flow(tables.ARPResponder, "normal")
        .match(of.ethType("arp"), of.arpOp("request"), of.arpTpa(address))
        .act(...answerArp(address, gateway.mac))
        .end(),
      flow(tables.L3Forwarding, "normal")
        .match(of.ethType("ipv4"), of.ipDst(address))
        .act(of.setEthDst(gateway.mac), ...toHost)
        .goto("ConntrackCommit"),
    ]),
    // the host's next hop to any peer is the bridge: one answer for all of them
    flow(tables.ARPResponder, "low")
      .match(of.inPort(gateway.ofPort), of.ethType("arp"), of.arpOp("request"))
      .act(...answerArp("as asked", globalVirtualMac))
      .end(),
    flow(tables.Classifier, "normal")
      .match(of.inPort(gateway.ofPort), of.ethType("ipv4"))
      .act(loadField(registers.pktSource, "gateway"))
      .goto("ConntrackZone"),
    // answers to what came through the host go back through it: it may have translated the addresses
    flow(tables.L3Forwarding, "high")
      .match(of.ethType("ipv4"), of.ctState("+rpl+trk"), fieldIs(connection.source, "gateway"))
      .act(of.setEthDst(gateway.mac), ...toHost)
      .goto("ConntrackCommit"),
    // what the host sends to nowhere we know would only come back to it
    flow(tables.L3Forwarding, "lower")
      .match(of.ethType("ipv4"), fieldIs(registers.pktSource, "gateway"))
      .drop(),
    flow(tables.L3Forwarding, "lowest")
      .match(of.ethType("ipv4"))
      .act(of.setEthDst(gateway.mac), ...toHost)
      .goto("ConntrackCommit"),
  ];
}

/**
 * The uplink that the bridge shares with the host. Its own tunnel packets pass here once more on
 * their way out, because the userspace datapath sends them as if they had come in by the link that
 * carries the Node's address. What no flow takes is dropped here and handled by the host.
 */
function uplinkFlows(flow: FlowSource, node: NodeNetwork, uplink: Uplink): Flow[] {
  const { gateway, tunnel } = node;
  const addresses = uplink.addresses
    .map((a) => a.address)
    .filter((a) => familyOf(a) === "ipv4") as Ipv4Address[];
  const fromUplink = flow(tables.PipelineRootClassifier, "high").match(of.inPort(uplink.ofPort));
  return [
    fromUplink.goto("UplinkClassifier"),
    ...addresses.flatMap((address) =>
      tunnel ? tunnelTransit(flow, tunnel, uplink, gateway, address) : [],
    ),
    ...node.podCidrs
      .filter((cidr) => cidrFamily(cidr) === "ipv4")
      .flatMap((cidr) => [
        // nobody outside may speak as one of our Pods
        flow(tables.UplinkClassifier, "low")
          .match(of.inPort(uplink.ofPort), of.ethType("ipv4"), of.ipSrc(cidr))
          .drop(),
        flow(tables.UplinkClassifier, "lower")
          .match(
            of.inPort(uplink.ofPort),
            of.ethDst(uplink.mac),
            of.ethType("ipv4"),
            of.ipDst(cidr),
          )
          .act(
            loadField(registers.pktSource, "uplinkExternal"),
            of.move(of.subfield("eth_src"), bitsOf(registers.clientMac)),
          )
          .goto("ConntrackZone"),
      ]),
    flow(tables.L3Forwarding, "high")
      .match(
        of.ethType("ipv4"),
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
  ];
}

/** Encapsulated packets and ARP requests of our own tunnel port on their way out, and the answers that it waits for. */
function tunnelTransit(
  flow: FlowSource,
  tunnel: Tunnel,
  uplink: Uplink,
  gateway: Gateway,
  address: Ipv4Address,
): Flow[] {
  const ours = [of.inPort(uplink.ofPort), of.ethSrc(uplink.mac)];
  return [
    flow(tables.UplinkClassifier, "high")
      .match(ours, ownTunnelPacket(tunnel, address))
      .act(of.inPortOutput())
      .end(),
    flow(tables.UplinkClassifier, "high")
      .match(ours, of.ethType("arp"), of.arpOp("request"), of.arpSpa(address))
      .act(of.inPortOutput())
      .end(),
    flow(tables.UplinkClassifier, "normal")
      .match(of.inPort(uplink.ofPort), of.ethType("arp"), of.arpOp("reply"), of.arpTpa(address))
      .act(of.output(gateway.ofPort))
      .end(),
  ];
}

/** Commits new connections with their source in the mark; one from outside also with the way back. */
function connectionFlows(flow: FlowSource, node: NodeNetwork): Flow[] {
  const isNew = [of.ethType("ipv4"), of.ctState("+new+trk")];
  const rememberSource = of.move(bitsOf(registers.pktSource), bitsOf(connection.source));
  const rememberClient = of.move(bitsOf(registers.clientMac), bitsOf(connection.clientMac));
  const commit = (...exec: readonly Action[]) => of.ct({ commit: true, zone: ctZones.ipv4, exec });
  const flows = [
    flow(tables.ConntrackCommit, "normal")
      .match(...isNew)
      .act(commit(rememberSource))
      .goto("Output"),
  ];
  if (!node.uplink) return flows;
  return [
    ...flows,
    flow(tables.ConntrackCommit, "high")
      .match(...isNew, fieldIs(registers.pktSource, "uplinkExternal"))
      .act(commit(rememberSource, rememberClient))
      .goto("Output"),
  ];
}
