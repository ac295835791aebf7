import type { IpAddress } from "@antrea/net";
import type { PolicyFlowRule, PolicyStage } from "@antrea/pipeline";
import type { Direction, RuleAction } from "@antrea/policy";
import type { JoinedRule } from "../policy/join-rule.ts";
import type { RuleKey } from "../policy/rule-keys.ts";
import { stageOf } from "../policy/rule-flows.ts";
import type { RuleWish } from "../policy/state.ts";
import { peerMatcher } from "./traffic.ts";

/** A rule as the switch asks it. */
export interface StandingRule {
  readonly key: RuleKey;
  readonly action: RuleAction;
  /** The OpenFlow priority; 0 for Kubernetes' own, which have no order. */
  readonly priority: number;
  readonly isPeer: (address: IpAddress) => boolean;
  readonly services: PolicyFlowRule["services"];
}

/** What the switch asks of one address in one direction: each stage's rules, the first asked first. */
export interface AskedRules extends Readonly<Record<PolicyStage, readonly StandingRule[]>> {
  /** What isolates it. */
  readonly isolatedBy: readonly RuleKey[];
}

/** The rules in force by whom they are for. */
export interface StandingRules {
  of(direction: Direction, address: IpAddress): AskedRules | undefined;
}

type Gathered = Record<PolicyStage, StandingRule[]> & { readonly isolatedBy: RuleKey[] };

/** Where a rule stands on the switch; undefined for what has no order. */
export interface Standing {
  readonly priority: number;
  readonly isCrowded: boolean;
}

/** Takes up one part of a policy after the other, so that who has many may pause between two. */
export class StandingRulesBuilder implements StandingRules {
  readonly #byAddress = { In: new Map<string, Gathered>(), Out: new Map<string, Gathered>() };

  add(key: RuleKey, wish: RuleWish, standing: Standing | undefined): void {
    const { place, policy, isolated } = wish;
    if (place.kind === "isolation") {
      for (const address of isolated.flatMap((pod) => pod.addresses))
        this.#gathered(place.direction, address).isolatedBy.push(key);
      return;
    }
    const { action, direction } = place.rule;
    // what found no place in order is not in force where it would permit
    if (standing?.isCrowded && (action === "Allow" || action === "Pass")) return;
    const common = { key, action, priority: standing?.priority ?? 0 };
    for (const joined of wish.rules)
      this.#addJoined({ ...common, ...matchersOf(joined) }, joined, direction, stageOf(policy));
  }

  of(direction: Direction, address: IpAddress): AskedRules | undefined {
    return this.#byAddress[direction].get(address);
  }

  #addJoined(
    rule: StandingRule,
    { appliedTo }: JoinedRule,
    direction: Direction,
    stage: PolicyStage,
  ): void {
    for (const address of appliedTo.flatMap((pod) => pod.addresses)) {
      const rules = this.#gathered(direction, address)[stage];
      const after = rules.findLastIndex((one) => one.priority >= rule.priority);
      rules.splice(after + 1, 0, rule);
    }
  }

  #gathered(direction: Direction, address: IpAddress): Gathered {
    const byAddress = this.#byAddress[direction];
    const found = byAddress.get(address);
    if (found) return found;
    const gathered: Gathered = { tiered: [], kubernetes: [], baseline: [], isolatedBy: [] };
    byAddress.set(address, gathered);
    return gathered;
  }
}

function matchersOf({ peer, services }: JoinedRule): Pick<StandingRule, "isPeer" | "services"> {
  let matcher: ((address: IpAddress) => boolean) | undefined;
  return {
    services,
    isPeer(address) {
      matcher ??= peerMatcher(peer);
      return matcher(address);
    },
  };
}
