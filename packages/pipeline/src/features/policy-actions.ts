import type { Action, Flow } from "@antrea/openflow/flow";
import * as of from "@antrea/openflow/flow";
import type { Direction } from "@antrea/policy";
import { fieldIs, loadField } from "../field-actions.ts";
import type { FlowBuilder, FlowSource } from "../flow-builder.ts";
import type { PolicyFlowRule, PolicyStage } from "../policy/rule.ts";
import { registers } from "../registers.ts";
import { tables } from "../tables.ts";

/** The tables and the register of one direction. */
const egress = {
  tables: {
    tiered: tables.AntreaPolicyEgressRule,
    kubernetes: tables.EgressRule,
    baseline: tables.EgressDefaultRule,
  },
  metric: tables.EgressMetric,
  after: "L3Forwarding",
  rule: registers.egressRule,
} as const;
const ingress = {
  tables: {
    tiered: tables.AntreaPolicyIngressRule,
    kubernetes: tables.IngressRule,
    baseline: tables.IngressDefaultRule,
  },
  metric: tables.IngressMetric,
  after: "ConntrackCommit",
  rule: registers.ingressRule,
} as const;
export const direct = { In: ingress, Out: egress } as const satisfies Record<Direction, unknown>;
export type DirectionTables = (typeof direct)[Direction];
type RuleTable = DirectionTables["tables"][PolicyStage];

/** What the switch sends with a packet that a rule rejects, in hexadecimal digits: "deny". */
export const rejectMark = "64656e79";
/** The meter that packets to be rejected pass on their way to the agent; Antrea's number. */
export const rejectMeter = { id: 256, packetsPerSecond: 500, burst: 1000 } as const;
/** Headers, and of an ICMP error's quotation all that RFC 1812 and RFC 4443 ask for in one small packet. */
const rejectBytes = 256;

/** Gives the packet to the agent, which tells its sender. */
export const rejecting: Action = of.controller({
  maxLength: rejectBytes,
  userdata: rejectMark,
  meter: rejectMeter.id,
});

/** Ends a deciding flow: the rule's number goes into its register, what becomes of the packet into another. */
export function ruleActions(
  flow: FlowBuilder<RuleTable>,
  { id, action, stage }: PolicyFlowRule,
  way: DirectionTables,
): Flow {
  // behind Kubernetes' own policies there is nobody to pass to
  if (action === "Pass")
    return flow.goto(stage === "tiered" ? way.tables.kubernetes.name : way.metric.name);
  const decided = flow.act(loadField(way.rule, BigInt(id)));
  const disposed = action === "Allow" ? decided : decided.act(dispositions[action]);
  return disposed.goto(way.metric.name);
}

const dispositions: Readonly<Record<"Drop" | "Reject", Action>> = {
  Drop: loadField(registers.disposition, "drop"),
  Reject: loadField(registers.disposition, "reject"),
};

/**
 * What counts for a rule: sessions by their first packet and all packets for one that allows, one
 * flow for one that denies. That denied packets go no further does not depend on these.
 */
export function metricFlows(
  flow: FlowSource,
  { id, action }: PolicyFlowRule,
  way: DirectionTables,
): Flow[] {
  const ofRule = fieldIs(way.rule, BigInt(id));
  if (action === "Pass") return [];
  if (action === "Allow")
    return [
      flow(way.metric, "normal").match(ofRule, of.ctState("+new+trk")).goto(way.after),
      flow(way.metric, "low").match(ofRule).goto(way.after),
    ];
  const counted = flow(way.metric, "higher");
  return action === "Drop"
    ? [counted.match(ofRule, fieldIs(registers.disposition, "drop")).drop()]
    : [counted.match(ofRule, fieldIs(registers.disposition, "reject")).act(rejecting).end()];
}
