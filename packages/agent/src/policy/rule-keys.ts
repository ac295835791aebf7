import type { Direction, NetworkPolicy, PolicyRule } from "@antrea/policy";

/**
 * One rule of a policy, or what it isolates in a direction: the unit that is made true on the switch, and the
 * owner of its flows. By place, so that a rule whose peers change keeps its flows.
 */
export type RuleKey = string;

/** What a key stands for. */
export type RulePlace =
  | { readonly kind: "rule"; readonly rule: PolicyRule }
  | { readonly kind: "isolation"; readonly direction: Direction };

/** A part of a policy that is in force. */
export interface PlacedRule {
  readonly policy: NetworkPolicy;
  readonly place: RulePlace;
}

export function ruleKey(uid: string, direction: Direction, place: number | "isolation"): RuleKey {
  return `${uid}/${direction}/${place}`;
}

/** All but the last two parts: the UID of a policy that is only planned names its Namespace. */
export function policyUidOf(key: RuleKey): string {
  return key.slice(0, key.lastIndexOf("/", key.lastIndexOf("/") - 1));
}

/** All that a policy asks for, by key; isolation first, so that what is new opens nothing on its way. */
export function placesOf(policy: NetworkPolicy): ReadonlyMap<RuleKey, RulePlace> {
  const places = new Map<RuleKey, RulePlace>();
  for (const direction of policy.isolates)
    places.set(ruleKey(policy.uid, direction, "isolation"), { kind: "isolation", direction });
  const counts = { In: 0, Out: 0 };
  for (const rule of policy.rules) {
    const key = ruleKey(policy.uid, rule.direction, counts[rule.direction]++);
    places.set(key, { kind: "rule", rule });
  }
  return places;
}

/** The groups of those whom a part of a policy is for. */
export function appliedToOf(policy: NetworkPolicy, place: RulePlace): readonly string[] {
  const own = place.kind === "rule" ? place.rule.appliedToGroups : [];
  return own.length > 0 ? own : policy.appliedToGroups;
}

export function addressGroupsOf(place: RulePlace): readonly string[] {
  return place.kind === "rule" ? place.rule.peer.addressGroups : [];
}
