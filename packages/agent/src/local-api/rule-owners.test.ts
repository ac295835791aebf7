import assert from "node:assert/strict";
import { test } from "node:test";
import { policyState } from "../policy/state.ts";
import { isolation, policy, rule } from "../testing/policies.ts";
import { ruleOwners } from "./rule-owners.ts";

test("ruleOwners() finds a rule by its place in what people wrote, and what isolates", () => {
  const state = policyState({ onDirty() {}, onWanted() {}, onForced() {} });
  state.appliedToGroups.put({ name: "targets", members: [] });
  state.addressGroups.put({ name: "peers", members: [] });
  // a Node that has only the second rule of two
  state.networkPolicies.replace([
    policy({ uid: "p1", rules: [rule({ priority: 1 })] }),
    isolation({ uid: "k1", rules: [rule({ priority: -1, action: "Allow" })] }),
  ]);
  const meant = (name: string, index?: number) =>
    ruleOwners(state, {
      ...{ kind: "AntreaClusterNetworkPolicy", namespace: "", name: `policy-${name}` },
      ...(index === undefined ? {} : { index }),
      direction: "In",
    });
  const all = [
    "policy:p1/In/0",
    "policy:p1/In/0#TCP-80",
    "policy:k1/In/0",
    "policy:k1/In/isolation",
  ];
  assert.deepEqual(all.filter(meant("p1", 1)), all.slice(0, 2));
  assert.deepEqual(all.filter(meant("p1", 0)), []);
  assert.deepEqual(all.filter(meant("k1", 0)), ["policy:k1/In/0"]);
  assert.deepEqual(all.filter(meant("k1")), ["policy:k1/In/isolation"]);
});
