export type { Manifest, PlannedAction, PlannedObject } from "./judge.ts";
export type { PairChange, PairChanges, PairsPlan } from "./pairs.ts";
export { type PlannedNode, planPolicies, type PolicyPlan } from "./plan-policies.ts";
