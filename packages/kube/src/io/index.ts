export { type KubeClientOptions, kubeClient } from "./client.ts";
export * from "./events.ts";
export * from "./exec.ts";
export * from "./leader.ts";
export * from "./load.ts";
export * from "./reflector.ts";
export { kubeReviewers } from "./reviewers.ts";
export { type OpenPaths, type SecureApiOptions, secureApi } from "./secure-api.ts";
