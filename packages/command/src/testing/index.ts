export * from "./captured-streams.ts";
export * from "./smoke.ts";
