export * from "./small-cluster.ts";
export { cluster as arbitraryCluster } from "./arbitrary-cluster.ts";
export { packetsOf, traffics as arbitraryTraffics } from "./arbitrary-packet.ts";
export { interpret, type Outcome } from "./interpret.ts";
export { tellChange, type ToldCluster } from "./tell.ts";
export { objectsOf, policyObject } from "./objects-of.ts";
export { search, searchAsync } from "./search.ts";
export { situationCluster } from "./situation-cluster.ts";
export { type Probe, type Situation, situations } from "./situations.ts";
