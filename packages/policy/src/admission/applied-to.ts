import type { AntreaAppliedTo, AntreaPolicySpec } from "@antrea/api";
import { selectorsRefusals } from "./labels.ts";
import { nodeRuleRefusals } from "./node-rules.ts";
import { membersOf, type Refusal, refusal, wordList } from "./refusal.ts";
import { type PlacedRule, placedRules, type PolicyScope } from "./rules.ts";

/** Members of an entry, for a policy and for one of its rules. */
const members = {
  cluster: {
    policy: [
      "podSelector",
      "namespaceSelector",
      "group",
      "serviceAccount",
      "service",
      "nodeSelector",
    ],
    rule: ["podSelector", "namespaceSelector", "group", "serviceAccount", "service"],
  },
  namespaced: {
    policy: ["podSelector", "externalEntitySelector", "group"],
    rule: ["podSelector", "group"],
  },
} as const;

/** Members that stand alone. */
const alone: readonly string[] = ["group", "serviceAccount", "service", "nodeSelector"];

/** Whom a policy is for: said once for all, or by every rule. */
export function* appliedToRefusals(spec: AntreaPolicySpec, scope: PolicyScope): Generator<Refusal> {
  const rules = placedRules(spec);
  yield* placeRefusals(spec, rules);
  const all = { entries: spec.appliedTo ?? [], at: "spec.appliedTo" };
  yield* listRefusals(all.entries, all.at, members[scope].policy);
  yield* serviceRefusals(all, rules);
  yield* nodeRefusals(all, rules);
  for (const rule of rules) {
    const own = { entries: rule.rule.appliedTo ?? [], at: `${rule.at}.appliedTo` };
    yield* listRefusals(own.entries, own.at, members[scope].rule);
    yield* serviceRefusals(own, [rule]);
  }
}

function* placeRefusals(spec: AntreaPolicySpec, rules: readonly PlacedRule[]): Generator<Refusal> {
  const [having, lacking] = [true, false].map((has) =>
    rules.filter(({ rule }) => Boolean(rule.appliedTo?.length) === has),
  ) as [PlacedRule[], PlacedRule[]];
  const [first] = having;
  if (spec.appliedTo?.length && first)
    yield refusal(
      "spec.appliedTo",
      `is set, and ${first.at}.appliedTo too`,
      "must be set here or in every rule, and not in both",
    );
  else if (!spec.appliedTo?.length && !first)
    yield refusal(
      "spec.appliedTo",
      "is missing",
      "must say whom the policy is for, here or in every rule",
    );
  else if (first && lacking[0])
    yield refusal(
      `${lacking[0].at}.appliedTo`,
      `is missing, while ${first.at} has it`,
      "must be set in every rule, or in spec.appliedTo alone",
    );
}

interface Entries {
  readonly entries: readonly AntreaAppliedTo[];
  readonly at: string;
}

function* listRefusals(
  entries: readonly AntreaAppliedTo[],
  at: string,
  allowed: readonly string[],
): Generator<Refusal> {
  for (const [i, entry] of entries.entries()) {
    const place = `${at}[${i}]`;
    yield* memberRefusals(entry, place, allowed, alone);
    yield* selectorsRefusals(entry, place);
  }
}

/** Of an entry that is made of selectors, or of one member that stands alone. */
export function* memberRefusals(
  entry: object,
  at: string,
  allowed: readonly string[],
  standAlone: readonly string[],
): Generator<Refusal> {
  const has = membersOf(entry);
  const foreign = has.filter((name) => !allowed.includes(name));
  const single = has.find((name) => standAlone.includes(name));
  if (has.length === 0)
    yield refusal(
      at,
      "is empty",
      `must have ${wordList(allowed, "or")}; to select all, say podSelector: {}`,
    );
  for (const name of foreign)
    yield refusal(
      `${at}.${name}`,
      "is set",
      `must be left out here, where there are ${wordList(allowed)}`,
    );
  if (single && has.length > 1 && foreign.length === 0)
    yield refusal(
      at,
      `has ${wordList(has)}`,
      `must have ${single} alone: make an entry of its own of the rest`,
    );
  if ("group" in entry && entry.group === "")
    yield refusal(`${at}.group`, "is empty", "must be the name of a group");
}

/** Services are for clients outside the cluster, who have nothing but addresses. */
function* serviceRefusals(
  { entries, at }: Entries,
  rules: readonly PlacedRule[],
): Generator<Refusal> {
  const first = entries.findIndex(({ service }) => service);
  if (first < 0) return;
  const other = entries.findIndex(({ service }) => !service);
  if (other >= 0)
    yield refusal(
      `${at}[${other}]`,
      `is no Service, while ${at}[${first}] is one`,
      "must be one too: make a policy of its own for the others",
    );
  for (const { at: place, direction, peers, peersAt } of rules) {
    if (direction === "egress")
      yield refusal(
        place,
        "is for egress",
        `must be for ingress, since ${at}[${first}] is a Service`,
      );
    for (const [i, peer] of peers.entries())
      if (membersOf(peer).join() !== "ipBlock")
        yield refusal(
          `${peersAt}[${i}]`,
          `has ${wordList(membersOf(peer)) || "nothing"}`,
          `must have ipBlock alone, since ${at}[${first}] is a Service`,
        );
  }
}

function* nodeRefusals({ entries, at }: Entries, rules: readonly PlacedRule[]): Generator<Refusal> {
  const first = entries.findIndex(({ nodeSelector }) => nodeSelector);
  if (first < 0) return;
  const other = entries.findIndex(({ nodeSelector }) => !nodeSelector);
  if (other >= 0)
    yield refusal(
      `${at}[${other}]`,
      `has no nodeSelector, while ${at}[${first}] has one`,
      "must have one too: make policies of their own for Pods",
    );
  for (const rule of rules) yield* nodeRuleRefusals(rule, `since ${at}[${first}] is for Nodes`);
}
