export * from "./config/index.ts";
export * from "./names.ts";
