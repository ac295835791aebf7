export * from "./golden-flows.ts";
export * from "./network.ts";
