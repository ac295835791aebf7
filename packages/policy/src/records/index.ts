export * from "./pod-record.ts";
export * from "./records.ts";
