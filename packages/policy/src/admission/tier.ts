import { nearest } from "@antrea/base";
import { tierPriorities } from "../model.ts";
import { DEFAULT_TIER, defaultTiers } from "../tiers.ts";
import { quote, type Refusal, refusal, wordList } from "./refusal.ts";

/** As much of a Tier as decides. */
export interface NamedTier {
  readonly name: string;
  readonly priority: number;
}

export interface TierContext {
  /** The numbers of the Tiers that there are, by name. */
  readonly tiers: ReadonlyMap<string, number>;
  /** Whether ClusterNetworkPolicies of Kubernetes are enforced, whose place is then taken. */
  readonly hasClusterPolicies: boolean;
}

export const MOST_TIERS = 20;
const lastOfOwn = tierPriorities.application - 1;

/** Numbers that are nobody's, and who stands there or why none may. */
const reserved: ReadonlyMap<number, string> = new Map([
  [tierPriorities.admin, "where AdminNetworkPolicies stand"],
  [252, "reserved"],
  [tierPriorities.baselineAdmin, "where BaselineAdminNetworkPolicies stand"],
  [255, "reserved"],
]);

export function* newTierRefusals(tier: NamedTier, context: TierContext): Generator<Refusal> {
  const builtIn = defaultTiers.find(({ name }) => name === tier.name);
  if (builtIn?.priority === tier.priority) return;
  const at = "spec.priority";
  if (builtIn)
    return yield refusal(
      at,
      `is ${tier.priority}`,
      `must be ${builtIn.priority} for Tier ${tier.name}`,
    );
  if (context.tiers.size >= MOST_TIERS)
    yield refusal(
      "metadata.name",
      `is ${quote(tier.name)}, and there are ${context.tiers.size} Tiers`,
      `must be one of at most ${MOST_TIERS}: delete a Tier that no policy names, or use one that there is`,
    );
  const holder = holderOf(tier.priority, context);
  if (holder)
    yield refusal(
      at,
      `is ${tier.priority}, which is ${holder}`,
      rightNumber(tier.priority, context),
    );
}

export function* changedTierRefusals(
  before: NamedTier,
  after: NamedTier,
  isByController: boolean,
): Generator<Refusal> {
  if (before.priority !== after.priority && !isByController)
    yield refusal(
      "spec.priority",
      `is ${after.priority} instead of ${before.priority}`,
      "must stay as it is: make another Tier, move policies to it, and delete this one",
    );
}

/** Says how many policies name it and not which: whoever asks may not be allowed to see them. */
export function* deletedTierRefusals(name: string, policyCount: number): Generator<Refusal> {
  const at = "metadata.name";
  if (defaultTiers.some((one) => one.name === name))
    yield refusal(
      at,
      `is ${quote(name)}`,
      "must be that of a Tier of your own: the built-in ones stay",
    );
  else if (policyCount > 0)
    yield refusal(
      at,
      `is ${quote(name)}, which ${policyCount === 1 ? "a policy names" : `${policyCount} policies name`}`,
      "must be one that no policy names: move these to another Tier first (kubectl get acnp,annp -A shows which they are)",
    );
}

/** The number of a policy's Tier, or what is wrong with its name. The built-in ones count as there. */
export function tierOf(
  name: string | undefined,
  tiers: ReadonlyMap<string, number>,
): number | Refusal {
  const wanted = name || DEFAULT_TIER;
  const builtIn = defaultTiers.find((one) => one.name === wanted);
  const priority = builtIn?.priority ?? tiers.get(wanted);
  if (priority !== undefined) return priority;
  const names = [...new Set([...defaultTiers.map((one) => one.name), ...tiers.keys()])];
  const near = nearest(wanted, names);
  const hint =
    near === undefined ? `: there are ${wordList(names)}` : `: did you mean ${quote(near)}?`;
  return refusal("spec.tier", `is ${quote(wanted)}`, `must be the name of a Tier${hint}`);
}

function holderOf(
  priority: number,
  { tiers, hasClusterPolicies }: TierContext,
): string | undefined {
  const place = reserved.get(priority);
  if (place) return place;
  if (hasClusterPolicies && priority === tierPriorities.clusterAdmin)
    return "where ClusterNetworkPolicies of tier Admin stand";
  const all = [...defaultTiers.map((one) => [one.name, one.priority] as const), ...tiers];
  const holder = all.find(([, taken]) => taken === priority);
  return holder && `the one of Tier ${holder[0]}`;
}

function rightNumber(priority: number, context: TierContext): string {
  const numbers = Array.from({ length: lastOfOwn + 1 }, (_, i) => i);
  const free = numbers
    .filter((number) => holderOf(number, context) === undefined)
    .sort((a, b) => Math.abs(a - priority) - Math.abs(b - priority));
  return `must be a free number from 0 to ${lastOfOwn}, such as ${free[0]}`;
}
