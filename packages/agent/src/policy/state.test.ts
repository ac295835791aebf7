import assert from "node:assert/strict";
import { test } from "node:test";
import type { NetworkPolicy } from "@antrea/policy";
import { isolation, localPod, member, policy, rule } from "../testing/policies.ts";
import type { RuleKey } from "./rule-keys.ts";
import { type PolicyState, policyState } from "./state.ts";

/** A state with what it tells. */
function bench() {
  let dirty: RuleKey[] = [];
  const forced: string[] = [];
  const state = policyState({
    onDirty: (keys) => dirty.push(...keys),
    onWanted() {},
    onForced: ({ uid, generation }: NetworkPolicy) => forced.push(`${uid}@${generation}`),
  });
  return {
    state,
    forced,
    /** What was told since the last look. */
    takeDirty(): readonly RuleKey[] {
      const keys = dirty.sort();
      dirty = [];
      return keys;
    },
  };
}

function kept(state: PolicyState, of: string): readonly string[] {
  return state.share().flatMap(({ kind, name }) => (kind === of ? [name] : []));
}

function tellGroups({ addressGroups, appliedToGroups }: PolicyState): void {
  appliedToGroups.put({ name: "targets", members: [member("web")] });
  addressGroups.put({ name: "peers", members: [member("bad", ["10.244.2.9"])] });
}

test("policyState() puts a policy into force once all of its groups are there", () => {
  const { state, forced, takeDirty } = bench();
  state.networkPolicies.put(policy());
  state.appliedToGroups.put({ name: "targets", members: [member("web")] });
  assert.deepEqual(takeDirty(), []);
  assert.equal(state.find("p1/In/0"), undefined);
  state.addressGroups.put({ name: "peers", members: [] });
  assert.deepEqual(takeDirty(), ["p1/In/0"]);
  assert.deepEqual(forced, ["p1@1"]);
});

test("policyState() joins a rule with the Pods of this Node and the addresses of its peers", () => {
  const { state } = bench();
  tellGroups(state);
  state.networkPolicies.put(policy());
  state.putPod(localPod("web", 5));
  state.putPod(localPod("other", 6));
  const [joined] = state.find("p1/In/0")?.rules ?? [];
  assert.deepEqual(
    joined?.appliedTo.map(({ ofPort }) => Number(ofPort)),
    [5],
  );
  assert.deepEqual(joined?.peer.addresses, ["10.244.2.9"]);
  assert.equal(joined?.services, "all");
});

test("policyState() looks at the rules alone that speak of what changed", () => {
  const { state, takeDirty } = bench();
  tellGroups(state);
  state.addressGroups.put({ name: "others", members: [] });
  state.networkPolicies.put(
    policy({
      rules: [
        rule(),
        rule({ peer: { addressGroups: ["others"], ipBlocks: [] }, priority: 1 }),
        rule({ appliedToGroups: ["targets"], direction: "Out" }),
      ],
    }),
  );
  takeDirty();
  const change = { added: [member("worse", ["10.244.2.10"])], removed: [] };
  assert.equal(state.addressGroups.patch("others", change), true);
  assert.deepEqual(takeDirty(), ["p1/In/1"]);
  state.addressGroups.patch("others", change);
  assert.deepEqual(takeDirty(), [], "what is told twice changes nothing");
  state.putPod(localPod("other", 6));
  assert.deepEqual(takeDirty(), [], "a Pod that no group has");
  state.putPod(localPod("web", 5));
  assert.deepEqual(takeDirty(), ["p1/In/0", "p1/In/1", "p1/Out/0"]);
});

test("policyState() looks at the one rule of a policy that was edited", () => {
  const { state, takeDirty } = bench();
  tellGroups(state);
  const first = rule({ name: "a" });
  const second = rule({ name: "b", priority: 1 });
  state.networkPolicies.put(policy({ rules: [first, second] }));
  takeDirty();
  state.networkPolicies.put(
    policy({ generation: 2, rules: [first, { ...second, action: "Reject" }] }),
  );
  assert.deepEqual(takeDirty(), ["p1/In/1"]);
  state.networkPolicies.put(policy({ generation: 3, rules: [first] }));
  assert.deepEqual(takeDirty(), ["p1/In/1"]);
  assert.equal(state.find("p1/In/1"), undefined);
  state.networkPolicies.put(policy({ generation: 4, rules: [first], priority: 6 }));
  assert.deepEqual(takeDirty(), ["p1/In/0"]);
});

test("policyState() keeps the state of a policy before until all groups of the new one are there", () => {
  const { state, takeDirty, forced } = bench();
  tellGroups(state);
  state.networkPolicies.put(policy());
  state.putPod(localPod("web", 5));
  takeDirty();
  const peer = { addressGroups: ["later"], ipBlocks: [] };
  state.networkPolicies.put(policy({ generation: 2, rules: [rule({ peer })] }));
  state.addressGroups.remove("peers"); // its stream may be the faster one
  assert.deepEqual(takeDirty(), []);
  assert.deepEqual(state.find("p1/In/0")?.rules[0]?.peer.addresses, ["10.244.2.9"]);
  assert.deepEqual(kept(state, "addressGroups"), ["peers"]);
  const before = state.share().find(({ kind }) => kind === "networkPolicies");
  assert.deepEqual(before?.object(), policy());
  state.addressGroups.put({ name: "later", members: [member("late", ["10.244.2.7"])] });
  assert.deepEqual(takeDirty(), ["p1/In/0"]);
  assert.deepEqual(state.find("p1/In/0")?.rules[0]?.peer.addresses, ["10.244.2.7"]);
  assert.deepEqual(kept(state, "addressGroups"), ["later"]);
  assert.deepEqual(forced, ["p1@1", "p1@2"]);
});

test("policyState() isolates whom a policy of Kubernetes selects, also without rules", () => {
  const { state } = bench();
  tellGroups(state);
  state.putPod(localPod("web", 5));
  state.networkPolicies.put(isolation());
  const { isolated = [] } = state.find("p1/In/isolation") ?? {};
  assert.deepEqual(
    isolated.map(({ name }) => name),
    ["web"],
  );
});

test("policyState() forgets what a list does not have", () => {
  const { state, takeDirty } = bench();
  tellGroups(state);
  state.networkPolicies.put(policy());
  state.networkPolicies.put(policy({ uid: "p2" }));
  takeDirty();
  state.networkPolicies.replace([policy({ uid: "p2" })]);
  assert.deepEqual(takeDirty(), ["p1/In/0"], "and p2 is the same as before");
  state.networkPolicies.replace([]);
  assert.deepEqual(takeDirty(), ["p2/In/0"]);
  state.addressGroups.replace([]);
  state.appliedToGroups.replace([]);
  assert.deepEqual(state.share(), []);
});

test("policyState() has a policy apply to each port of a Pod that has two for a moment", () => {
  const { state, takeDirty } = bench();
  tellGroups(state);
  state.networkPolicies.put(policy());
  state.putPod(localPod("web", 5));
  state.putPod({ ...localPod("web", 6), hostName: "web-next" });
  takeDirty();
  assert.equal(state.find("p1/In/0")?.rules[0]?.appliedTo.length, 2);
  assert.deepEqual(state.removePod("web-veth"), ["p1/In/0"]);
  assert.equal(state.find("p1/In/0")?.rules[0]?.appliedTo.length, 1);
});

test("policyState() knows which policies apply to a Pod, also those that are not whole", () => {
  const { state } = bench();
  state.appliedToGroups.put({ name: "targets", members: [member("web")] });
  state.networkPolicies.put(policy());
  assert.deepEqual([...state.policiesFor("pod:shop/web")], ["p1"]);
  assert.deepEqual([...state.policiesFor("pod:shop/bad")], []);
});

test("policyState() keeps nothing of policies that are not to be enforced here", () => {
  const told: string[] = [];
  const state = policyState({
    onDirty: (keys) => told.push(...keys),
    onWanted: (uid) => told.push(uid),
    onForced() {},
    takes: ({ uid }) => uid !== "p1",
  });
  tellGroups(state);
  state.networkPolicies.put(policy());
  state.networkPolicies.replace([policy(), policy({ uid: "p2" })]);
  assert.deepEqual(told, ["p2", "p2/In/0"]);
  assert.deepEqual(
    [...state.policies()].map(({ wanted }) => wanted.uid),
    ["p2"],
  );
});
