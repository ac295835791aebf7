export * from "./inputs.ts";
export * from "./pod-record.ts";
export * from "./records.ts";
