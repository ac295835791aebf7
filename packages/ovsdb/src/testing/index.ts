export * from "./fake-database.ts";
export * from "./relay.ts";
export * from "./start-ovs.ts";
