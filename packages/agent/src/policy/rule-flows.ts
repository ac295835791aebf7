import { isDeepStrictEqual } from "node:util";
import type { Flow } from "@antrea/openflow/flow";
import {
  compileIsolation,
  compilePolicyRule,
  type FlowOwner,
  type PolicyNode,
  type PolicyStage,
  type PriorityAssigner,
  priorityAssigner,
  type RuleOrder,
  ruleIds,
} from "@antrea/pipeline";
import { isBaseline, type NetworkPolicy } from "@antrea/policy";
import type { JoinedRule } from "./join-rule.ts";
import type { PlacedRule, RuleKey } from "./rule-keys.ts";
import type { RuleWish } from "./state.ts";

/** What one rule is on the switch: flows by owner, one owner for each variant of its ports. */
export type FlowsByOwner = ReadonlyMap<FlowOwner, readonly Flow[]>;

/** Compiles rules, with the numbers and priorities that they have among all others. */
export interface RuleFlows {
  /** Rules that are wanted in another form, or no more; gives these and all whose priorities follow from them. */
  place(changes: Iterable<readonly [RuleKey, PlacedRule | undefined]>): ReadonlySet<RuleKey>;
  compile(key: RuleKey, wish: RuleWish | undefined): FlowsByOwner;
  /** Which rule a connection or a counter speaks of. */
  ownerOf(id: number): FlowOwner | undefined;
  /** The owners of a rule's flows, as they were compiled last. */
  ownersOf(key: RuleKey): readonly FlowOwner[];
  /** Where it stands among others on the switch; undefined for what has no order. */
  placementOf(key: RuleKey): Placement;
}

type Placement = ReturnType<PriorityAssigner["placementOf"]>;

/** Whom a rule's priority was asked from, and what for. */
interface Asked {
  readonly assigner: string;
  readonly order: RuleOrder;
}

export function ruleFlows(node: () => PolicyNode): RuleFlows {
  const ids = ruleIds();
  const assigners: Readonly<Record<string, PriorityAssigner>> = {
    "tiered/In": priorityAssigner("tiered"),
    "tiered/Out": priorityAssigner("tiered"),
    "baseline/In": priorityAssigner("baseline"),
    "baseline/Out": priorityAssigner("baseline"),
  };
  const asked = new Map<RuleKey, Asked>();
  /** The owners of a rule's flows, as they were compiled last. */
  const owners = new Map<RuleKey, readonly FlowOwner[]>();

  function placementOf(key: RuleKey): Placement {
    return assigners[asked.get(key)?.assigner ?? ""]?.placementOf(key);
  }

  return {
    place(changes) {
      const changed = new Set<RuleKey>();
      const updates = new Map<string, [RuleKey, RuleOrder | undefined][]>();
      const update = (assigner: string, key: RuleKey, order: RuleOrder | undefined): void => {
        const list = updates.get(assigner) ?? [];
        updates.set(assigner, list);
        list.push([key, order]);
      };
      for (const [key, rule] of changes) {
        changed.add(key);
        const before = asked.get(key);
        const after = rule && askedFor(rule);
        if (isDeepStrictEqual(before, after)) continue;
        if (before && before.assigner !== after?.assigner) update(before.assigner, key, undefined);
        if (after) update(after.assigner, key, after.order);
        if (after) asked.set(key, after);
        else asked.delete(key);
      }
      for (const [assigner, list] of updates)
        for (const moved of assigners[assigner]?.update(list) ?? []) changed.add(moved);
      return changed;
    },
    compile(key, wish) {
      const flows = wish ? compileWish(key, wish, placementOf(key), ids.idOf, node()) : new Map();
      for (const owner of owners.get(key) ?? [])
        if (!flows.has(owner)) {
          flows.set(owner, []);
          ids.release(owner);
        }
      const left = [...flows.keys()].filter((owner) => flows.get(owner)?.length);
      if (left.length > 0) owners.set(key, left);
      else owners.delete(key);
      return flows;
    },
    ownerOf: ids.ownerOf,
    ownersOf: (key) => owners.get(key) ?? [],
    placementOf,
  };
}

/** The owner of a rule's flows: what its cookies bear, and what its number follows from. */
export function ruleOwner(key: RuleKey, variant = ""): FlowOwner {
  return variant === "" ? `policy:${key}` : `policy:${key}#${variant}`;
}

function compileWish(
  key: RuleKey,
  { policy, place, rules, isolated }: RuleWish,
  placement: Placement,
  idOf: (owner: FlowOwner) => number,
  node: PolicyNode,
): Map<FlowOwner, readonly Flow[]> {
  if (place.kind === "isolation")
    return new Map([[ruleOwner(key), compileIsolation(place.direction, isolated)]]);
  return new Map(
    rules.filter(isForPods).map(({ variant, appliedTo, peer, services }) => {
      const owner = ruleOwner(key, variant);
      const { direction, action } = place.rule;
      const joined = { appliedTo, peer, services };
      const rule = { ...joined, ...placement, owner, direction, action };
      return [owner, compilePolicyRule({ ...rule, id: idOf(owner), stage: stageOf(policy) }, node)];
    }),
  );
}

function isForPods({ appliedTo }: JoinedRule): boolean {
  return appliedTo.length > 0;
}

/** Undefined for what has no order among others: all of Kubernetes' own. */
function askedFor({ policy, place }: PlacedRule): Asked | undefined {
  const { tierPriority = 0, priority = 0 } = policy;
  const stage = stageOf(policy);
  if (place.kind === "isolation" || stage === "kubernetes") return undefined;
  return {
    assigner: `${stage}/${place.rule.direction}`,
    order: { tierPriority, priority, rule: place.rule.priority },
  };
}

export function stageOf({ tierPriority }: NetworkPolicy): PolicyStage {
  if (tierPriority === undefined) return "kubernetes";
  return isBaseline(tierPriority) ? "baseline" : "tiered";
}
