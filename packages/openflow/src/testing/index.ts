export * from "./start-ovs.ts";
