export * from "./cidr.ts";
export * from "./ip.ts";
export * from "./ip-packet.ts";
export * from "./mac.ts";
export * from "./ports.ts";
