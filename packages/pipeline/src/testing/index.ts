export * from "./golden-flows.ts";
export * from "./network.ts";
export * from "./policy.ts";
export * from "./frames.ts";
export * from "./policy-switch.ts";
