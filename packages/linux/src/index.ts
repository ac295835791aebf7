export type { HostChange, ObservedHost, Ownership } from "./host/diff.ts";
export { diffHost, isEmptyHostChange } from "./host/diff.ts";
export { HostError, type HostProblem, isErrno } from "./host/error.ts";
export type { ObservedLink } from "./host/links.ts";
export type { HostNetwork, HostOutcome, ObserveOptions, Wish } from "./host/network.ts";
export { formatStep, type HostStep, planHost } from "./host/plan.ts";
export * from "./host/state.ts";
export type * from "./nft/table.ts";
