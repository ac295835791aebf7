import type { IpFamily } from "@antrea/net";
import type { Flow } from "@antrea/openflow/flow";
import * as of from "@antrea/openflow/flow";
import { fieldIs, loadField } from "../field-actions.ts";
import type { FlowSource } from "../flow-builder.ts";
import { type Gateway, globalVirtualMac, type NodeNetwork } from "../network.ts";
import { connection, registers } from "../registers.ts";
import { tables } from "../tables.ts";
import { answerArp } from "./arp.ts";
import { toPort } from "./forwarding.ts";
import { advertisement, answerNd } from "./nd.ts";
import { resolutionFlows } from "./resolution.ts";

/** The host itself: resolution on its behalf and for it, what it sends, what is sent to it and to the world behind it. */
export function gatewayFlows(
  flow: FlowSource,
  node: NodeNetwork,
  families: readonly IpFamily[],
): Flow[] {
  const { gateway } = node;
  const addresses = gateway.addresses.map(({ address }) => address);
  return [
    ...resolutionFlows(flow, { ...gateway, addresses, isRouter: true }, node),
    ...addresses.map((address) =>
      flow(tables.L3Forwarding, "normal")
        .match(of.ipDst(address))
        .act(...toHost(gateway))
        .goto("IngressSecurityClassifier"),
    ),
    // or whoever sends there first would have a live connection to the next Pod that gets the address
    ...node.podCidrs.map((cidr) => flow(tables.L3Forwarding, "lower").match(of.ipDst(cidr)).drop()),
    ...families.flatMap((family) => [
      ...nextHopAnswer(flow, node, family),
      ...hostTraffic(flow, node, family),
    ]),
  ];
}

/** The host's next hop to any peer is the bridge: one answer for all of them, where it can be given. */
function nextHopAnswer(
  flow: FlowSource,
  { gateway, answersNd }: NodeNetwork,
  family: IpFamily,
): Flow[] {
  const fromHost = of.inPort(gateway.ofPort);
  if (family === "ipv4")
    return [
      flow(tables.ARPResponder, "low")
        .match(fromHost, of.ethType("arp"), of.arpOp("request"))
        .act(...answerArp("as asked", globalVirtualMac))
        .end(),
    ];
  if (!answersNd) return []; // the host has permanent neighbours instead
  return [
    flow(tables.NDResponder, "low")
      .match(fromHost, advertisement())
      .act(...answerNd(globalVirtualMac, { isRouter: true }))
      .end(),
  ];
}

function hostTraffic(flow: FlowSource, { gateway, uplink }: NodeNetwork, family: IpFamily): Flow[] {
  const ofFamily = of.ethType(family);
  const ofUplink = uplink ? (["uplink", "uplinkExternal"] as const) : [];
  return [
    flow(tables.Classifier, "normal")
      .match(of.inPort(gateway.ofPort), ofFamily)
      .act(loadField(registers.pktSource, "gateway"))
      .goto("ConntrackZone"),
    // answers to what came through the host go back through it: it may have translated the addresses;
    // those that it hands back go on: what came through it before the mode changed is sent by a tunnel now
    ...(["pod", "tunnel", ...ofUplink] as const).map((source) =>
      flow(tables.L3Forwarding, "high")
        .match(
          ofFamily,
          of.ctState("+rpl+trk"),
          fieldIs(connection.source, "gateway"),
          fieldIs(registers.pktSource, source),
        )
        .act(...toHost(gateway))
        .goto("IngressSecurityClassifier"),
    ),
    flow(tables.L3Forwarding, "higher")
      .match(ofFamily, fieldIs(registers.isReject, "yes"), fieldIs(registers.pktSource, "gateway"))
      .act(...toHost(gateway))
      .goto("IngressSecurityClassifier"),
    // what the host sends to nowhere we know would only come back to it
    flow(tables.L3Forwarding, "lower")
      .match(ofFamily, fieldIs(registers.pktSource, "gateway"))
      .drop(),
    flow(tables.L3Forwarding, "lowest")
      .match(ofFamily)
      .act(...toHost(gateway))
      .goto("IngressSecurityClassifier"),
  ];
}

function toHost({ mac, ofPort }: Gateway) {
  return [
    of.setEthDst(mac),
    loadField(registers.pktDestination, "gateway"),
    ...toPort(ofPort),
  ] as const;
}
