import type { AntreaPolicySpec } from "@antrea/api";
import { isBaseline } from "../model.ts";
import { appliedToRefusals } from "./applied-to.ts";
import { isLabelValue } from "./labels.ts";
import { multicastRefusals } from "./multicast.ts";
import { nodeWarnings } from "./node-rules.ts";
import { peerRefusals } from "./peers.ts";
import { quote, type Refusal, refusal } from "./refusal.ts";
import { type PlacedRule, placedRules, type PolicyScope } from "./rules.ts";
import { serviceRefusals } from "./services.ts";
import { tierOf } from "./tier.ts";

export interface PolicyContext {
  readonly scope: PolicyScope;
  /** The numbers of the Tiers that there are, by name. */
  readonly tiers: ReadonlyMap<string, number>;
  readonly isL7Enabled: boolean;
}

/** Everything that is wrong with a policy of ours, of either kind; none, if it is accepted. */
export function* policyRefusals(
  spec: AntreaPolicySpec,
  { scope, tiers, isL7Enabled }: PolicyContext,
): Generator<Refusal> {
  const rules = placedRules(spec);
  const tier = tierOf(spec.tier, tiers);
  if (typeof tier !== "number") yield tier;
  else if (isBaseline(tier)) yield* passRefusals(rules, spec.tier ?? "");
  for (const direction of ["ingress", "egress"] as const)
    yield* nameRefusals(rules.filter((one) => one.direction === direction));
  yield* appliedToRefusals(spec, scope);
  for (const rule of rules) {
    yield* peerRefusals(rule, scope);
    yield* serviceRefusals(rule, scope, isL7Enabled);
    yield* multicastRefusals(rule);
    yield* logLabelRefusals(rule);
  }
}

function* passRefusals(rules: readonly PlacedRule[], tier: string): Generator<Refusal> {
  for (const { at, rule } of rules)
    if (rule.action === "Pass")
      yield refusal(
        `${at}.action`,
        `is Pass in Tier ${tier}`,
        "must be Allow, Drop or Reject there, since nothing is asked after it",
      );
}

function* nameRefusals(rules: readonly PlacedRule[]): Generator<Refusal> {
  const first = new Map<string, string>();
  for (const { at, rule } of rules) {
    if (!rule.name) continue;
    const other = first.get(rule.name);
    if (other === undefined) first.set(rule.name, at);
    else
      yield refusal(
        `${at}.name`,
        `is ${quote(rule.name)} as that of ${other}`,
        "must be a name of its own, or be left out to get one",
      );
  }
}

function* logLabelRefusals({ at, rule: { logLabel = "" } }: PlacedRule): Generator<Refusal> {
  if (!isLabelValue(logLabel))
    yield refusal(
      `${at}.logLabel`,
      `is ${quote(logLabel)}`,
      'must be up to 63 letters, digits, "-", "_" and ".", with a letter or digit at both ends',
    );
}

/** What is accepted, and may yet surprise. */
export function* policyWarnings(spec: AntreaPolicySpec): Generator<string> {
  const rules = placedRules(spec);
  yield* nodeWarnings(spec);
  yield* outsiderWarnings(spec.appliedTo ?? [], "spec.appliedTo");
  for (const { peers, peersAt } of rules) yield* outsiderWarnings(peers, peersAt);
}

function* outsiderWarnings(
  entries: readonly { readonly externalEntitySelector?: unknown }[],
  at: string,
): Generator<string> {
  for (const [i, { externalEntitySelector }] of entries.entries())
    if (externalEntitySelector)
      yield `${at}[${i}].externalEntitySelector stands for nobody: this version has no ExternalEntities`;
}
