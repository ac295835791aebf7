import type { PolicyNode } from "@antrea/pipeline";
import type { NetworkPolicy } from "@antrea/policy";
import type { ShareChange } from "@antrea/policy/controlplane";
import { type NodeRule, nodeRulesOf } from "./node/node-rule.ts";
import type { LocalPod } from "./local-pods.ts";
import { type FlowsByOwner, ruleFlows } from "./rule-flows.ts";
import type { RuleKey } from "./rule-keys.ts";
import { type PolicyState, policyState, type RuleWish, type ShareEntry } from "./state.ts";

/** What is in force on this Node, and for whom. */
export interface InForce {
  readonly share: readonly ShareEntry[];
  readonly pods: readonly LocalPod[];
  readonly node: PolicyNode;
  readonly takes?: (policy: NetworkPolicy) => boolean;
}

/** Rules that would be others, each with all that it would ask for: nothing, where it would be gone. */
export interface RulesPreview {
  readonly flows: ReadonlyMap<RuleKey, FlowsByOwner>;
  /** For whom no priority would be left in their order: what denies still does, what allows does not. */
  readonly crowded: readonly RuleKey[];
  /** What of each is for the Node itself, which is no flows. */
  readonly forNode: ReadonlyMap<RuleKey, readonly NodeRule[]>;
  /** Policies that would wait for groups that this Node has not been told. */
  readonly waiting: readonly NetworkPolicy[];
}

/**
 * What rules would ask for, were the share of this Node another: its state and its rules once more, made of
 * what is in force, and told of the change. Numbers and priorities follow from the rules that there are, so
 * they are those that the change will get. The cost is that of the change, and of sorting all rules once.
 */
export function previewRules(
  { share, pods, node, takes = () => true }: InForce,
  change: ShareChange,
): RulesPreview {
  const dirty = new Set<RuleKey>();
  const state = policyState({
    onDirty: (keys) => {
      for (const key of keys) dirty.add(key);
    },
    onWanted() {},
    onForced() {},
    takes,
  });
  const compiler = ruleFlows(() => node);
  const place = (): ReadonlySet<RuleKey> => {
    const keys = [...dirty];
    dirty.clear();
    return compiler.place(keys.map((key) => [key, state.findPlace(key)]));
  };
  for (const pod of pods) state.putPod(pod);
  tell(state, shareOf(share));
  place();
  tell(state, change);
  const changed = place();
  const flows = [...changed].map((key) => [key, compiler.compile(key, state.find(key))] as const);
  return {
    flows: new Map(flows),
    crowded: [...changed].filter((key) => compiler.placementOf(key)?.isCrowded),
    forNode: new Map(Array.from(changed, (key) => [key, forNodeOf(key, state.find(key))])),
    waiting: change.networkPolicies.put.filter(({ uid }) => {
      const told = state.policy(uid);
      return told && told.inForce?.policy !== told.wanted;
    }),
  };
}

function forNodeOf(key: RuleKey, wish: RuleWish | undefined): readonly NodeRule[] {
  return wish ? nodeRulesOf(key, wish) : [];
}

/** Groups before policies that begin to use them, as the controller tells them. */
function tell(state: PolicyState, change: ShareChange): void {
  const { networkPolicies, addressGroups, appliedToGroups } = change;
  for (const group of appliedToGroups.put) state.appliedToGroups.put(group);
  for (const group of addressGroups.put) state.addressGroups.put(group);
  for (const policy of networkPolicies.put) state.networkPolicies.put(policy);
  for (const uid of networkPolicies.removed) state.networkPolicies.remove(uid);
  for (const name of appliedToGroups.removed) state.appliedToGroups.remove(name);
  for (const name of addressGroups.removed) state.addressGroups.remove(name);
}

function shareOf(entries: readonly ShareEntry[]): ShareChange {
  const of = (kind: "addressGroups" | "appliedToGroups") => ({
    put: entries.flatMap((entry) =>
      entry.kind !== "networkPolicies" && entry.kind === kind ? [entry.object()] : [],
    ),
    removed: [],
  });
  const policies = entries.flatMap((entry) =>
    entry.kind === "networkPolicies" ? [entry.object()] : [],
  );
  return {
    networkPolicies: { put: policies, removed: [] },
    addressGroups: of("addressGroups"),
    appliedToGroups: of("appliedToGroups"),
  };
}
