export * from "./clock.ts";
export * from "./golden.ts";
