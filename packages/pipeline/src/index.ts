export * from "./cookies.ts";
export { compileEnded, endedOf, endedOwner } from "./features/ended-connections.ts";
export { familiesOf } from "./features/families.ts";
export { clauseOwner, compilePolicyRule } from "./features/network-policy.ts";
export {
  compileIsolation,
  isolationOwner,
} from "./features/network-policy-base.ts";
export { compileNode } from "./features/node-connectivity.ts";
export { compileAcceptance, compilePeer, peerOwner } from "./features/peer-connectivity.ts";
export { pathProbeMark, pathProbeMeter, provenBefore } from "./features/path-probes.ts";
export {
  compilePod,
  compileRetiredPod,
  isPodOwner,
  podOwner,
  retiredPodOwner,
} from "./features/pod-connectivity.ts";
export { rejectMark, rejectMeter } from "./features/policy-actions.ts";
export { rejectAnswerActions } from "./features/reject-answer.ts";
export { noteOf, notedConnection, repliesOf } from "./features/sctp.ts";
export { type FlowCost, flowBudget } from "./flow-budget.ts";
export { isOtherLayout } from "./layout.ts";
export { switchMeters } from "./meters.ts";
export * from "./mtu.ts";
export * from "./network.ts";
export * from "./path-to.ts";
export {
  type PriorityAssigner,
  priorityAssigner,
  type RuleOrder,
} from "./policy/priority-assigner.ts";
export { compareOrders } from "./policy/priority-space.ts";
export type {
  FlowService,
  PolicyFlowRule,
  PolicyNode,
  PolicyPod,
  PolicyStage,
} from "./policy/rule.ts";
export type { ConnectionTuple } from "./policy/connection-tuple.ts";
export { prefixesOf } from "./policy/prefixes.ts";
export { type RuleCounters, ruleCounters } from "./policy/rule-counters.ts";
export { type RuleIds, ruleIds } from "./policy/rule-ids.ts";
export { connection, ctZones, registers } from "./registers.ts";
export { type TableName, tableNames, tables } from "./tables.ts";
