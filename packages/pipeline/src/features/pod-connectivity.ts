import type { IpAddress, OfPort } from "@antrea/net";
import type { Flow } from "@antrea/openflow/flow";
import * as of from "@antrea/openflow/flow";
import { loadField } from "../field-actions.ts";
import { type FlowSource, flowsOf } from "../flow-builder.ts";
import type { NodeNetwork, PodAttachment } from "../network.ts";
import { registers } from "../registers.ts";
import { tables } from "../tables.ts";
import { toPort } from "./forwarding.ts";
import { resolutionFlows } from "./resolution.ts";

/** The owner of a Pod's flows. */
export function podOwner(key: string): string {
  return `pod:${key}`;
}

export function isPodOwner(owner: string): boolean {
  return owner.startsWith("pod:");
}

/** Lets a Pod speak only as itself, answers for it who asks where it is, and brings it what is sent to its addresses. */
export function compilePod(pod: PodAttachment, node: NodeNetwork): readonly Flow[] {
  const flow = flowsOf("PodConnectivity", podOwner(pod.key));
  return [
    ...resolutionFlows(flow, { ...pod, isRouter: false }, node),
    ...pod.addresses.flatMap((address) => podAddressFlows(flow, pod, address, node)),
  ];
}

/** The owner of what a Pod that was taken off leaves behind, by its link: another sandbox may have its name. */
export function retiredPodOwner(hostName: string): string {
  return `retired:${hostName}`;
}

/**
 * Drops what a Pod sent before it was taken off and ovs-vswitchd has yet to judge. Its source was found
 * right already, so without this it would be judged by the policies of later, which speak of the Pod no more.
 */
export function compileRetiredPod(hostName: string, ofPort: OfPort): readonly Flow[] {
  const flow = flowsOf("PodConnectivity", retiredPodOwner(hostName));
  return [flow(tables.EgressSecurityClassifier, "top").match(of.inPort(ofPort)).drop()];
}

function podAddressFlows(
  flow: FlowSource,
  pod: PodAttachment,
  address: IpAddress,
  node: NodeNetwork,
): Flow[] {
  const deliver = [loadField(registers.pktDestination, "local"), ...toPort(pod.ofPort)];
  return [
    flow(tables.SpoofGuard, "normal")
      .match(of.inPort(pod.ofPort), of.ethSrc(pod.mac), of.ipSrc(address))
      .act(loadField(registers.pktSource, "pod"))
      .goto("ConntrackZone"),
    // already addressed to the Pod's own Ethernet address: switched, no hop counted
    flow(tables.L3Forwarding, "normal")
      .match(of.ethDst(pod.mac), of.ipDst(address))
      .act(...deliver)
      .goto("IngressSecurityClassifier"),
    flow(tables.L3Forwarding, "low")
      .match(of.ipDst(address))
      .act(of.setEthSrc(node.gateway.mac), of.setEthDst(pod.mac), ...deliver)
      .goto("L3DecTTL"),
  ];
}
