export * from "./model.ts";
export * from "./computed.ts";
export * from "./mark.ts";
