export * from "./policy-cases.ts";
