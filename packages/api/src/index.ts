export * from "./config/index.ts";
export * from "./crd/index.ts";
export * from "./names.ts";
export * from "./network-settings.ts";
export * from "./node.ts";
export * from "./places.ts";
export * from "./policy/index.ts";
export * from "./provider-id.ts";
