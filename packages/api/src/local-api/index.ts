export * from "./endpoint.ts";
export * from "./endpoints.ts";
export * from "./exchange.ts";
export * from "./model.ts";
export * from "./router.ts";
