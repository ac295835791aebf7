import type { Flow } from "@antrea/openflow/flow";
import * as of from "@antrea/openflow/flow";
import { familyOf, type Ipv4Address } from "@antrea/net";
import { loadField } from "../field-actions.ts";
import { type FlowSource, flowsOf } from "../flow-builder.ts";
import type { NodeNetwork, PodAttachment } from "../network.ts";
import { registers } from "../registers.ts";
import { tables } from "../tables.ts";
import { answerArp } from "./arp.ts";
import { toPort } from "./forwarding.ts";

/** The owner of a Pod's flows. */
export function podOwner(key: string): string {
  return `pod:${key}`;
}

/** Lets a Pod speak only as itself, answers ARP for it, and brings it what is sent to its addresses. */
export function compilePod(pod: PodAttachment, node: NodeNetwork): readonly Flow[] {
  const flow = flowsOf("PodConnectivity", podOwner(pod.key));
  return pod.addresses
    .filter((address) => familyOf(address) === "ipv4")
    .flatMap((address) => podAddressFlows(flow, pod, address as Ipv4Address, node));
}

function podAddressFlows(
  flow: FlowSource,
  pod: PodAttachment,
  address: Ipv4Address,
  node: NodeNetwork,
): Flow[] {
  const deliver = [loadField(registers.pktDestination, "local"), ...toPort(pod.ofPort)];
  return [
    flow(tables.ARPSpoofGuard, "normal")
      .match(of.inPort(pod.ofPort), of.ethType("arp"), of.arpSpa(address), of.arpSha(pod.mac))
      .goto("ARPResponder"),
    // a Pod that announces itself must not be told that its address is taken
    flow(tables.ARPResponder, "high")
      .match(of.inPort(pod.ofPort), of.ethType("arp"), of.arpTpa(address))
      .drop(),
    flow(tables.ARPResponder, "normal")
      .match(of.ethType("arp"), of.arpOp("request"), of.arpTpa(address))
      .act(...answerArp(address, pod.mac))
      .end(),
    flow(tables.SpoofGuard, "normal")
      .match(of.inPort(pod.ofPort), of.ethType("ipv4"), of.ethSrc(pod.mac), of.ipSrc(address))
      .act(loadField(registers.pktSource, "pod"))
      .goto("ConntrackZone"),
    // already addressed to the Pod's own Ethernet address: switched, no hop counted
    flow(tables.L3Forwarding, "normal")
      .match(of.ethType("ipv4"), of.ethDst(pod.mac), of.ipDst(address))
      .act(...deliver)
      .goto("ConntrackCommit"),
    flow(tables.L3Forwarding, "low")
      .match(of.ethType("ipv4"), of.ipDst(address))
      .act(of.setEthSrc(node.gateway.mac), of.setEthDst(pod.mac), ...deliver)
      .goto("L3DecTTL"),
  ];
}
