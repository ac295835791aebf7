export * from "./choose-path.ts";
export * from "./follow.ts";
export * from "./lead.ts";
export * from "./stance.ts";
