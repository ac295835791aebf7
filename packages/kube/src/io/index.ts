export * from "./client.ts";
export * from "./load.ts";
export * from "./reflector.ts";
