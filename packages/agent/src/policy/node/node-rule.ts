import { compareOrders, type RuleOrder } from "@antrea/pipeline";
import type { Direction, RuleAction } from "@antrea/policy";
import type { JoinedRule } from "../join-rule.ts";
import type { RuleKey } from "../rule-keys.ts";
import type { RuleWish } from "../state.ts";

/** A rule for the traffic of this Node itself. */
export interface NodeRule extends Pick<JoinedRule, "peer" | "services"> {
  /** Of the rule, and which of those that one rule became. */
  readonly id: string;
  /** For people who read the table. */
  readonly title: string;
  readonly order: RuleOrder;
  readonly direction: Direction;
  readonly action: RuleAction;
}

/** What of a rule is for this Node; none for what is for Pods alone. */
export function nodeRulesOf(key: RuleKey, { policy, place, rules }: RuleWish): readonly NodeRule[] {
  if (place.kind === "isolation") return [];
  const { direction, action, priority: rule, name } = place.rule;
  const { tierPriority = 0, priority = 0, source } = policy;
  const title =
    `${source.name} ${direction === "In" ? "ingress" : "egress"} ${rule} ${name}`.trim();
  const order = { tierPriority, priority, rule };
  return rules.filter(isForNode).map(({ peer, services }, i) => {
    return { id: `${key}/${i}`, title, order, direction, action, peer, services };
  });
}

export function isForNode(rule: JoinedRule): boolean {
  return rule.isForNode;
}

/** In which they are asked: rules of equal order by their names, so that a restart finds its own table. */
export function inOrder(rules: Iterable<NodeRule>): readonly NodeRule[] {
  return [...rules].sort((a, b) => compareOrders(a.order, b.order) || (a.id < b.id ? -1 : 1));
}
