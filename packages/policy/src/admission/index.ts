export * from "./antrea-policy.ts";
export { clusterPolicyRefusals } from "./cluster-policy.ts";
export * from "./defaults.ts";
export { type GroupContext, groupRefusals } from "./group.ts";
export { groupReferences } from "./group-references.ts";
export * from "./knowledge.ts";
export * from "./mutate.ts";
export { type Refusal, refusalText } from "./refusal.ts";
export type { PolicyScope } from "./rules.ts";
export {
  changedTierRefusals,
  deletedTierRefusals,
  MOST_TIERS,
  type NamedTier,
  newTierRefusals,
  type TierContext,
} from "./tier.ts";
export * from "./validate.ts";
export { accepted, type Question, type Verdict } from "./verdict.ts";
