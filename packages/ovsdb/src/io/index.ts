export * from "./client.ts";
export type { Lock } from "./locks.ts";
export * from "./unixctl.ts";
