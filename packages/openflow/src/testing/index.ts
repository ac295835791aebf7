export * from "./connect-in-test.ts";
export * from "./start-ovs.ts";
export * from "./tshark.ts";
