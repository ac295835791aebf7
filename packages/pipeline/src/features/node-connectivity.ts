import type { IpFamily } from "@antrea/net";
import type { Action, Flow } from "@antrea/openflow/flow";
import * as of from "@antrea/openflow/flow";
import { nodeOwner } from "../cookies.ts";
import { bitsOf, fieldIs } from "../field-actions.ts";
import { type FlowSource, flowsOf } from "../flow-builder.ts";
import { type NodeNetwork, uplinksOf } from "../network.ts";
import { connection, ctZones, registers } from "../registers.ts";
import { tables } from "../tables.ts";
import { familiesOf } from "./families.ts";
import { gatewayFlows } from "./gateway-connectivity.ts";
import { securityFlows } from "./network-policy-base.ts";
import { linkLocal, multicast, ndTypes } from "./nd.ts";
import { answersBy, uplinkFlows } from "./uplink-connectivity.ts";

/** The flows that hold the pipeline together, and those of the gateway and the uplink. */
export function compileNode(node: NodeNetwork): readonly Flow[] {
  const flow = flowsOf("Default", nodeOwner);
  const families = familiesOf(node);
  return [
    ...skeleton(flow),
    ...families.flatMap((family) => [
      ...entrance[family](flow),
      ...passage(flow, family),
      ...commits(flow, family, node),
    ]),
    ...securityFlows(flow, node, families),
    ...gatewayFlows(flow, node, families),
    ...uplinksOf(node).flatMap((uplink) => uplinkFlows(flow, node, uplink)),
    ...(node.uplink ? answersBy(flow, node.uplink, families) : []),
  ];
}

/** What every packet passes, whoever sent it: table misses, and the output. */
function skeleton(flow: FlowSource): Flow[] {
  const misses = Object.values(tables).map((table) => {
    const [next] = table.next;
    const missed = flow(table, "miss");
    return table.miss === "next" && next !== undefined ? missed.goto(next) : missed.drop();
  });
  return [
    ...misses,
    flow(tables.Output, "normal")
      .match(fieldIs(registers.output, "port"))
      .act(of.outputReg(bitsOf(registers.targetOfPort)))
      .end(),
  ];
}

/** Where the packets of a family go first, and its neighbours' questions apart from them. */
const entrance: Readonly<Record<IpFamily, (flow: FlowSource) => Flow[]>> = {
  ipv4: (flow) => [
    flow(tables.PipelineRootClassifier, "normal").match(of.ethType("arp")).goto("ARPSpoofGuard"),
    flow(tables.PipelineRootClassifier, "normal").match(of.ethType("ipv4")).goto("Classifier"),
  ],
  ipv6: (flow) => [
    ...ndTypes.map((type) =>
      flow(tables.PipelineRootClassifier, "normal").match(of.icmpv6Type(type)).goto("NDSpoofGuard"),
    ),
    // each link of the bridge is one of its own: what is meant for a link ends here, MLD reports too
    ...[linkLocal, multicast].map((network) =>
      flow(tables.PipelineRootClassifier, "low").match(of.ipDst(network)).drop(),
    ),
    flow(tables.PipelineRootClassifier, "lower").match(of.ethType("ipv6")).goto("Classifier"),
  ],
};

/** From conntrack to the counting of hops. */
function passage(flow: FlowSource, family: IpFamily): Flow[] {
  const ofFamily = of.ethType(family);
  return [
    flow(tables.ConntrackZone, "normal")
      .match(ofFamily)
      .act(of.ct({ zone: ctZones[family], table: tables.ConntrackState.id }))
      .end(),
    flow(tables.ConntrackState, "normal").match(ofFamily, of.ctState("+inv+trk")).drop(),
    flow(tables.L3DecTTL, "high")
      .match(ofFamily, fieldIs(registers.pktSource, "gateway"))
      .goto("IngressSecurityClassifier"),
    flow(tables.L3DecTTL, "normal")
      .match(ofFamily)
      .act(of.decTtl())
      .goto("IngressSecurityClassifier"),
  ];
}

/** Commits new connections with their source in the mark; one from outside also with the way back. */
function commits(flow: FlowSource, family: IpFamily, { uplink }: NodeNetwork): Flow[] {
  const isNew = [of.ethType(family), of.ctState("+new+trk")];
  const rememberSource = of.move(bitsOf(registers.pktSource), bitsOf(connection.source));
  const rememberClient = of.move(bitsOf(registers.clientMac), bitsOf(connection.clientMac));
  const commit = (...exec: readonly Action[]) =>
    of.ct({ commit: true, zone: ctZones[family], exec });
  const rememberRules = [
    of.move(bitsOf(registers.ingressRule), bitsOf(connection.ingressRule)),
    of.move(bitsOf(registers.egressRule), bitsOf(connection.egressRule)),
  ];
  const flows = [
    flow(tables.ConntrackCommit, "normal")
      .match(isNew)
      .act(commit(rememberSource, ...rememberRules))
      .goto("Output"),
  ];
  if (!uplink) return flows;
  return [
    ...flows,
    flow(tables.ConntrackCommit, "high")
      .match(isNew, fieldIs(registers.pktSource, "uplinkExternal"))
      .act(commit(rememberSource, ...rememberRules, rememberClient))
      .goto("Output"),
  ];
}
