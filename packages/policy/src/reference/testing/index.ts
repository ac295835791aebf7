export * from "./small-cluster.ts";
