import { familyOf, type IpAddress, type IpFamily } from "@antrea/net";
import type { FieldMatch, Flow } from "@antrea/openflow/flow";
import * as of from "@antrea/openflow/flow";
import type { Direction } from "@antrea/policy";
import { bitsOf, fieldIs, loadField } from "../field-actions.ts";
import { type FlowSource, flowsOf } from "../flow-builder.ts";
import { type NodeNetwork, uplinksOf } from "../network.ts";
import { laterFragment } from "../policy/fragments.ts";
import type { PolicyPod } from "../policy/rule.ts";
import { connection, registers } from "../registers.ts";
import { tables } from "../tables.ts";
import { familiesOf } from "./families.ts";
import { direct } from "./policy-actions.ts";
import { sctpFlows } from "./sctp.ts";
import { toTunnelPort } from "./tunnel-match.ts";

/** Above all rules, as in Antrea. */
const liveConnection = 64990;

/** Who is asked for permission at all, and what becomes of the denied; there with no policy too. */
export function securityFlows(
  flow: FlowSource,
  node: NodeNetwork,
  families: readonly IpFamily[],
): Flow[] {
  return [
    ...families.flatMap((family) => [
      ...liveConnections(flow, family),
      ...laterFragments(flow, family),
      ...fromOtherNodes(flow, family),
      ...sctpFlows(flow, family),
    ]),
    flow(tables.AntreaPolicyEgressRule, liveConnection)
      .match(fieldIs(registers.isEstablished, "yes"))
      .goto("EgressMetric"),
    ...(node.serviceCidrs ?? []).map((cidr) =>
      // the host gives the packet back with its real destination, and then it is judged
      flow(tables.EgressSecurityClassifier, "higher")
        .match(of.ipDst(cidr), fieldIs(registers.pktSource, "pod"))
        .goto("L3Forwarding"),
    ),
    ...guardTunnels(
      flow,
      node,
      uplinksOf(node).flatMap(({ addresses }) => addresses),
    ),
    ...ingressClasses(flow, node),
    ...denials(flow),
  ];
}

/** What belongs to a live connection bears its rules' numbers for the metrics, and is asked nothing more. */
function liveConnections(flow: FlowSource, family: IpFamily): Flow[] {
  return ["-new+est+trk", "-new+rel+trk"].map((state) =>
    flow(tables.EgressSecurityClassifier, "normal")
      .match(of.ethType(family), of.ctState(state))
      .act(
        loadField(registers.isEstablished, "yes"),
        of.move(bitsOf(connection.egressRule), bitsOf(registers.egressRule)),
        of.move(bitsOf(connection.ingressRule), bitsOf(registers.ingressRule)),
      )
      .goto("EgressMetric"),
  );
}

/**
 * The first fragment of a datagram is judged for all: without it the others never leave the commit,
 * where conntrack gathers a datagram once more and sends it on whole or not at all.
 */
function laterFragments(flow: FlowSource, family: IpFamily): Flow[] {
  const later = [of.ethType(family), of.ctState("+new+trk"), laterFragment];
  return [
    flow(tables.EgressSecurityClassifier, "high").match(later).goto("L3Forwarding"),
    flow(tables.IngressSecurityClassifier, "high").match(later).goto("ConntrackCommit"),
  ];
}

/** No Pod of ours sent it: the Node where it is asked for permission to send is another. */
function fromOtherNodes(flow: FlowSource, family: IpFamily): Flow[] {
  return (["tunnel", "uplink", "uplinkExternal"] as const).map((source) =>
    flow(tables.EgressSecurityClassifier, "low")
      .match(of.ethType(family), fieldIs(registers.pktSource, source))
      .goto("L3Forwarding"),
  );
}

function ingressClasses(flow: FlowSource, node: NodeNetwork): Flow[] {
  const toPod = fieldIs(registers.pktDestination, "local");
  const ofThisNode = [node.gateway, ...uplinksOf(node)].flatMap(({ addresses }) => addresses);
  return [
    flow(tables.IngressSecurityClassifier, "higher")
      .match(fieldIs(registers.isReject, "yes"))
      .goto("Output"),
    flow(tables.IngressSecurityClassifier, "high")
      .match(fieldIs(registers.isEstablished, "yes"), toPod)
      .goto("IngressMetric"),
    // probes of the kubelet, and all else of the Node itself
    ...ofThisNode.map(({ address }) =>
      flow(tables.IngressSecurityClassifier, "high")
        .match(fieldIs(registers.pktSource, "gateway"), of.ipSrc(address))
        .goto("ConntrackCommit"),
    ),
    flow(tables.IngressSecurityClassifier, "normal").match(toPod).goto("AntreaPolicyIngressRule"),
  ];
}

/** No Pod may speak to where tunnels end: it would speak as this Node, which its peers trust. */
export function guardTunnels(
  flow: FlowSource,
  node: NodeNetwork,
  ends: readonly { readonly address: IpAddress }[],
): Flow[] {
  const fromPod = fieldIs(registers.pktSource, "pod");
  const families = familiesOf(node);
  const reachable = ends
    .map(({ address }) => address)
    .filter((a) => families.includes(familyOf(a)));
  return node.tunnels.flatMap((tunnel) =>
    reachable.flatMap((address) =>
      toTunnelPort(tunnel, address).map((match) =>
        flow(tables.EgressSecurityClassifier, "higher").match(fromPod, match).drop(),
      ),
    ),
  );
}

/** What a rule denied ends here, also when nothing counts for the rule. */
function denials(flow: FlowSource): Flow[] {
  return [tables.EgressMetric, tables.IngressMetric].flatMap((metric) =>
    (["drop", "reject"] as const).map((disposition) =>
      flow(metric, "high").match(fieldIs(registers.disposition, disposition)).drop(),
    ),
  );
}

/** The owner that isolation bears in its cookies: several policies may isolate one Pod. */
export const isolationOwner = "policy-isolation";

/** Drops all that Pods do in a direction and no rule before allowed, as a NetworkPolicy of Kubernetes wants that selects them. */
export function compileIsolation(
  direction: Direction,
  pods: readonly PolicyPod[],
): readonly Flow[] {
  const flow = flowsOf("NetworkPolicy", isolationOwner);
  const table = direct[direction].tables.baseline;
  return pods.flatMap((pod) =>
    ownSide(direction, pod).map((match) => flow(table, "normal").match(match).drop()),
  );
}

/** Ingress knows a Pod by the port that the packet will leave by, egress by the address it bears. */
function ownSide(direction: Direction, { ofPort, addresses }: PolicyPod): FieldMatch[] {
  if (direction === "In") return [fieldIs(registers.targetOfPort, BigInt(ofPort))];
  return addresses.map((address: IpAddress) => of.ipSrc(address));
}
