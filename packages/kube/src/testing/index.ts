export * from "./api-server.ts";
export * from "./audit.ts";
export * from "./certificates.ts";
export * from "./kube-assets.ts";
export * from "./process.ts";
export { freePorts } from "./process.ts";
export * from "./scripted-server.ts";
