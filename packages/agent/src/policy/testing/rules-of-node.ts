import { type Flow, flowKey } from "@antrea/openflow/flow";
import type { FlowOwner } from "@antrea/pipeline";
import type { Computed, ComputedObjects } from "@antrea/policy";
import { mergeFlows } from "../../bridge/merge-flows.ts";
import { type StandingRules, StandingRulesBuilder } from "../../connections/standing-rules.ts";
import type { LocalPod } from "../local-pods.ts";
import { ruleFlows } from "../rule-flows.ts";
import type { RuleKey } from "../rule-keys.ts";
import { policyState } from "../state.ts";

/** The policies of one Node, from what is told to it to the flows that it wants, without anything between. */
export interface RulesOfNode {
  /** Takes over what is told now, and the Pods that are on the Node now. */
  follow(computed: Computed, pods: readonly LocalPod[]): void;
  flows(): readonly Flow[];
  /** What the flows are compiled from. */
  standing(): StandingRules;
}

export function rulesOfNode(node: string): RulesOfNode {
  const dirty = new Set<RuleKey>();
  const state = policyState({
    onDirty: (keys) => {
      for (const key of keys) dirty.add(key);
    },
    onWanted: () => {},
    onForced: () => {},
  });
  const rules = ruleFlows(() => ({ families: ["ipv4", "ipv6"] }));
  const byOwner = new Map<FlowOwner, readonly Flow[]>();
  let here: readonly LocalPod[] = [];

  function compileDirty(): void {
    const changed = rules.place([...dirty].map((key) => [key, state.findPlace(key)] as const));
    for (const key of changed)
      for (const [owner, flows] of rules.compile(key, state.find(key))) byOwner.set(owner, flows);
    dirty.clear();
  }

  return {
    follow({ networkPolicies, addressGroups, appliedToGroups }, pods) {
      for (const { hostName } of here) state.removePod(hostName);
      for (const pod of pods) state.putPod(pod);
      here = pods;
      state.appliedToGroups.replace(all(appliedToGroups, node));
      state.addressGroups.replace(all(addressGroups, node));
      state.networkPolicies.replace(all(networkPolicies, node));
      compileDirty();
    },
    standing() {
      const builder = new StandingRulesBuilder();
      for (const { inForce } of state.policies())
        for (const key of inForce?.places.keys() ?? []) {
          const wish = state.find(key);
          if (wish) builder.add(key, wish, rules.placementOf(key));
        }
      return builder;
    },
    flows() {
      const byMatch = Map.groupBy([...byOwner.values()].flat(), flowKey);
      return [...byMatch.values()].map(mergeFlows);
    },
  };
}

function all<T>(objects: ComputedObjects<T>, node: string): readonly T[] {
  return [...objects.namesFor(node)].flatMap((name) => objects.forNode(name, node) ?? []);
}
