import type { PolicyRule, PolicySource } from "../model.ts";
import type { Endpoint, EndpointRule } from "./interface.ts";
import type { PolicyState } from "./policy-state.ts";
import type { Selectable } from "./selection.ts";

/** What concerns a Pod, by the groups that it is in. */
export function endpointOf({ selections }: Selectable): Endpoint {
  const applied = new Set<PolicyState>();
  const speaking = new Map<PolicyState, Set<string>>();
  for (const { appliedToGroup, addressGroup } of selections) {
    for (const { policy } of appliedToGroup?.users ?? []) applied.add(policy);
    for (const { policy } of addressGroup?.users ?? [])
      speaking.set(policy, (speaking.get(policy) ?? new Set()).add(addressGroup?.name ?? ""));
  }
  return {
    applied: [...applied].map(sourceOf),
    peerOf: [...speaking].flatMap(([policy, groups]) => rulesOf(policy, groups)),
  };
}

function rulesOf(state: PolicyState, groups: ReadonlySet<string>): readonly EndpointRule[] {
  const policy = sourceOf(state);
  const rules = state.compiled?.policy.rules ?? [];
  return rules.flatMap((rule, i) =>
    rule.peer.addressGroups.some((name) => groups.has(name))
      ? [{ policy, direction: rule.direction, index: indexOf(rule, rules, i), name: rule.name }]
      : [],
  );
}

/** Rules of Kubernetes' own policies have no order of their own, and lie in that of their lists. */
function indexOf(rule: PolicyRule, rules: readonly PolicyRule[], i: number): number {
  if (rule.priority >= 0) return rule.priority;
  return rules.slice(0, i).filter(({ direction }) => direction === rule.direction).length;
}

function sourceOf({ record: { kind, namespace, name, uid } }: PolicyState): PolicySource {
  return { kind, namespace, name, uid };
}
