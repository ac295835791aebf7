export { hostNetwork } from "./host-network.ts";
export { inNamespace } from "./namespace.ts";
export { enlargePacketBuffers } from "./packet-sockets.ts";
