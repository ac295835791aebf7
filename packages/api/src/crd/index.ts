export * from "./agent-info.ts";
export * from "./controller-info.ts";
export * from "./kind.ts";
export * from "./pod-cidr-claim.ts";
