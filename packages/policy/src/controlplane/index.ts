export * from "./group.ts";
export * from "./kind.ts";
export * from "./network-policy.ts";
export * from "./pod-receipt.ts";
export * from "./policy-status.ts";
export * from "./share-change.ts";
export * from "./streams.ts";
