export * from "./admin-policy.ts";
export * from "./antrea-policy.ts";
export * from "./group.ts";
export * from "./kubernetes-cluster-policy.ts";
export * from "./kubernetes-policy.ts";
export * from "./label-selector.ts";
export * from "./namespaced-pods.ts";
export { type IpBlockSpec, portProtocols } from "./network.ts";
export * from "./tier.ts";
