/**
 * Node's HTTP modules, loaded at the first use. An `import` of them makes Node look at each of their
 * exports, one of which loads a whole WebSocket client: 20 ms of the start of every program, for nothing.
 */
export const http = () => process.getBuiltinModule("node:http");
export const https = () => process.getBuiltinModule("node:https");
