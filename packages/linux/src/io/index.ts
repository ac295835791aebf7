export { hostNetwork } from "./host-network.ts";
export { inNamespace } from "./namespace.ts";
