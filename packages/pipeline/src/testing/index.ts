export * from "./golden-flows.ts";
export * from "./network.ts";
export * from "./policy.ts";
