export * from "./clock.ts";
export * from "./heap-at-rest.ts";
export * from "./log.ts";
export * from "./metrics.ts";
export * from "./process-metrics.ts";
