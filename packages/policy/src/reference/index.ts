export * from "./cluster.ts";
export { evaluate, evaluator } from "./evaluate.ts";
export { endpointAt, type Endpoint, type Packet, type Traffic } from "./packet.ts";
export type { PolicyName, RuleName } from "./rule.ts";
export * from "./verdict.ts";
export { formatPacket, reasonText, ruleText, verdictLines } from "./format.ts";
export { type GroupMembers, membersOf } from "./groups.ts";
export { type ClusterObjects, clusterOf, type ClusterPart, clusterParts } from "./objects.ts";
