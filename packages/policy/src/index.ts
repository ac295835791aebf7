export * from "./model.ts";
export * from "./computed.ts";
export * from "./mark.ts";
export * from "./computation/records.ts";
export * from "./computation/interface.ts";
export * from "./tiers.ts";
export { policyComputation } from "./computation/computation.ts";
