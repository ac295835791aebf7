export * from "./start-ovs.ts";
export * from "./tshark.ts";
