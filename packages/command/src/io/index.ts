export * from "./main.ts";
export * from "./process-streams.ts";
