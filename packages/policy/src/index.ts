export * from "./model.ts";
export * from "./computed.ts";
