import assert from "node:assert/strict";
import { test } from "node:test";
import type { ShareChange } from "@antrea/policy/controlplane";
import { localPod, member, policy, rule } from "../testing/policies.ts";
import { type InForce, previewRules } from "./preview-rules.ts";
import { policyState } from "./state.ts";

const nothing = { put: [], removed: [] };
const noChange: ShareChange = {
  ...{ networkPolicies: nothing, addressGroups: nothing, appliedToGroups: nothing },
};

/** A Node with one Pod, for which the policies given are in force. */
function inForce(...policies: readonly ReturnType<typeof policy>[]): InForce {
  const state = policyState({ onDirty() {}, onWanted() {}, onForced() {} });
  state.appliedToGroups.put({ name: "targets", members: [member("web")] });
  state.addressGroups.put({ name: "peers", members: [member("bad", ["10.244.2.9"])] });
  state.networkPolicies.replace(policies);
  return { share: state.share(), pods: [localPod("web", 5)], node: { families: ["ipv4"] } };
}

test("previewRules() compiles what would be another, and nothing else", () => {
  const more = { uid: "p2", priority: 900 };
  const { flows } = previewRules(inForce(policy()), {
    ...noChange,
    networkPolicies: { put: [policy(more)], removed: [] },
  });
  assert.deepEqual([...flows.keys()], ["p2/In/0"]);
});

test("previewRules() compiles a policy of a Namespace that is only planned: no UID, and nothing but isolation", () => {
  const closed = policy({ uid: "planned:NetworkPolicy:shop/closed", rules: [], isolates: ["In"] });
  const { flows } = previewRules(inForce(), {
    ...noChange,
    networkPolicies: { put: [closed], removed: [] },
  });
  const counts = [...flows].map(([key, owners]) => [key, [...owners.values()].flat().length]);
  assert.deepEqual(counts, [["planned:NetworkPolicy:shop/closed/In/isolation", 1]]);
});

test("previewRules() gives no flows to a rule that would be gone", () => {
  const { flows } = previewRules(inForce(policy()), {
    ...noChange,
    networkPolicies: { put: [], removed: ["p1"] },
  });
  assert.deepEqual(
    [...flows].map(([key, owners]) => [key, owners.size]),
    [["p1/In/0", 0]],
  );
});

test("previewRules() says which policies would wait for groups that nobody has told", () => {
  const lone = policy({
    uid: "p2",
    rules: [rule({ peer: { addressGroups: ["x"], ipBlocks: [] } })],
  });
  const { flows, waiting } = previewRules(inForce(policy()), {
    ...noChange,
    networkPolicies: { put: [lone], removed: [] },
  });
  assert.equal(flows.size, 0);
  assert.deepEqual(waiting, [lone]);
});

test("previewRules() says which rules are for the Node itself and would be no flows", () => {
  const { flows, forNode } = previewRules(inForce(policy()), {
    ...noChange,
    appliedToGroups: {
      put: [{ name: "here", members: [{ node: "n", ips: [], ports: [] }] }],
      removed: [],
    },
    networkPolicies: { put: [policy({ uid: "p2", appliedToGroups: ["here"] })], removed: [] },
  });
  assert.deepEqual(
    [...forNode].map(([key, rules]) => [key, rules.map(({ id }) => id)]),
    [["p2/In/0", ["p2/In/0/0"]]],
  );
  assert.equal(flows.get("p2/In/0")?.size, 0);
});
