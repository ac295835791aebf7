export * from "./clock.ts";
export * from "./golden.ts";
export * from "./prometheus.ts";
