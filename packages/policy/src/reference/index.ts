export * from "./cluster.ts";
export { evaluate } from "./evaluate.ts";
export { endpointAt, type Endpoint, type Packet, type Traffic } from "./packet.ts";
export type { PolicyName, RuleName } from "./rule.ts";
export * from "./verdict.ts";
export { formatPacket, reasonText, ruleText, verdictLines } from "./format.ts";
