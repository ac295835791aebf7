import type { AgentApi, QueryOf } from "@antrea/api/local-api";
import type { FlowOwner } from "@antrea/pipeline";
import { ruleOwner } from "../policy/rule-flows.ts";
import type { RuleKey, RulePlace } from "../policy/rule-keys.ts";
import type { PolicyState } from "../policy/state.ts";

type Wanted = QueryOf<AgentApi["ruleFlows"]>;

/** Says of an owner of flows whether it is the rule that somebody asks for, or one of those that this became. */
export function ruleOwners(
  state: Pick<PolicyState, "policies">,
  wanted: Wanted,
): (owner: FlowOwner) => boolean {
  const owners = [...state.policies()].flatMap(({ inForce }) => {
    const { kind, namespace, name } = inForce?.policy.source ?? {};
    if (!inForce || kind !== wanted.kind || namespace !== wanted.namespace || name !== wanted.name)
      return [];
    const keys = [...inForce.places].filter(([key, place]) => isMeant(key, place, wanted));
    return keys.map(([key]) => ruleOwner(key));
  });
  return (owner) => owners.some((one) => owner === one || owner.startsWith(`${one}#`));
}

/** Rules of Kubernetes have no order: they are known by their place among those that came here. */
function isMeant(key: RuleKey, place: RulePlace, { direction, index }: Wanted): boolean {
  if (place.kind === "isolation") return index === undefined && place.direction === direction;
  const { rule } = place;
  if (rule.direction !== direction) return false;
  return rule.priority < 0 ? key.endsWith(`/${index}`) : rule.priority === index;
}
