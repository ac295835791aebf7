export * from "./cookies.ts";
export { nodeOwner, compileNode } from "./features/node-connectivity.ts";
export { compilePeer, peerOwner } from "./features/peer-connectivity.ts";
export { compilePod, podOwner } from "./features/pod-connectivity.ts";
export * from "./mtu.ts";
export * from "./network.ts";
export * from "./path-to.ts";
export { connection, ctZones, registers } from "./registers.ts";
export { type TableName, tableNames, tables } from "./tables.ts";
