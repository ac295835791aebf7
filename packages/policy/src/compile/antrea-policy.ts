import type { AntreaPolicySpec } from "@antrea/api";
import type { AntreaPolicyRecord } from "../computation/records.ts";
import { tierPriorities } from "../model.ts";
import { DEFAULT_TIER, defaultTiers } from "../tiers.ts";
import { compileAntreaRule, type RuleSide } from "./antrea-rule.ts";
import { appliedToSelectors } from "./antrea-applied-to.ts";
import { type CompiledPolicy, Needs } from "./compiled.ts";
import { inside, type Scope } from "./scope.ts";
import { sourceOf } from "./source.ts";
import type { Surroundings } from "./surroundings.ts";

/** ClusterNetworkPolicy and NetworkPolicy of `crd.antrea.io`. */
export function compileAntreaPolicy(
  record: AntreaPolicyRecord,
  surroundings: Surroundings,
): CompiledPolicy {
  const needs = new Needs();
  const scope = { home: record.namespace, needs, surroundings, at: "spec" };
  const appliedTo = appliedToSelectors(record.spec.appliedTo ?? [], scope);
  const rules = sidesOf(record.spec).flatMap((side) =>
    compileAntreaRule(side, appliedTo, inside(scope, `.${side.field}[${side.index}]`)),
  );
  return needs.compiled({
    ...sourceOf(record),
    tierPriority: tierPriorityOf(record.spec, scope),
    priority: record.spec.priority,
    isolates: [],
    appliedToGroups: needs.groups(appliedTo),
    rules,
  });
}

function sidesOf({ ingress = [], egress = [] }: AntreaPolicySpec): readonly RuleSide[] {
  return [
    ...ingress.map((rule, index) => ({
      ...({ rule, field: "ingress", direction: "In", index } as const),
      ...{ peers: rule.from ?? [], peersField: "from", toServices: [] },
    })),
    ...egress.map((rule, index) => ({
      ...({ rule, field: "egress", direction: "Out", index } as const),
      ...{ peers: rule.to ?? [], peersField: "to", toServices: rule.toServices ?? [] },
    })),
  ];
}

/** Those that are always there also go by the names with capitals of older manifests. */
function tierPriorityOf({ tier = "" }: AntreaPolicySpec, { needs, surroundings }: Scope): number {
  const lower = tier === "" ? DEFAULT_TIER : tier.toLowerCase();
  const known = defaultTiers.find(({ name }) => name === lower)?.priority;
  const priority = known ?? surroundings.tierPriority(tier);
  if (priority === undefined)
    needs.problem(`spec.tier: there is no Tier ${tier}; ${DEFAULT_TIER} is taken for it`);
  return priority ?? tierPriorities.application;
}
