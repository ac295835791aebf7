import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultTiers } from "../tiers.ts";
import { clusterPolicyRefusals } from "./cluster-policy.ts";
import { type Refusal, refusalText } from "./refusal.ts";
import { changedTierRefusals, deletedTierRefusals, newTierRefusals } from "./tier.ts";

const builtIn = new Map(defaultTiers.map(({ name, priority }) => [name, priority]));
const texts = (refusals: Iterable<Refusal>) => [...refusals].map(refusalText);

function ofNew(priority: number, more: Record<string, number> = {}, name = "mine") {
  const tiers = new Map([...builtIn, ...Object.entries(more)]);
  return texts(newTierRefusals({ name, priority }, { tiers, hasClusterPolicies: false }));
}

test("newTierRefusals() accepts free numbers from 0 to 249, and the built-in Tiers as they are", () => {
  for (const priority of [0, 49, 51, 220, 249]) assert.deepEqual(ofNew(priority), []);
  for (const { name, priority } of defaultTiers) assert.deepEqual(ofNew(priority, {}, name), []);
});

test("newTierRefusals(): at most 20 Tiers", () => {
  const more = Object.fromEntries(Array.from({ length: 14 }, (_, i) => [`t${i}`, i]));
  assert.deepEqual(ofNew(30, more), [
    'metadata.name is "mine", and there are 20 Tiers, but must be one of at most 20: delete a Tier that no policy names, or use one that there is',
  ]);
});

test("newTierRefusals(): reserved numbers stay free", () => {
  const right = "but must be a free number from 0 to 249, such as 249";
  assert.deepEqual(
    [251, 252, 254, 255].flatMap((priority) => ofNew(priority)),
    [
      `spec.priority is 251, which is where AdminNetworkPolicies stand, ${right}`,
      `spec.priority is 252, which is reserved, ${right}`,
      `spec.priority is 254, which is where BaselineAdminNetworkPolicies stand, ${right}`,
      `spec.priority is 255, which is reserved, ${right}`,
    ],
  );
});

test("newTierRefusals(): 220 is ClusterNetworkPolicy's where its gate is open", () => {
  const context = { tiers: builtIn, hasClusterPolicies: true };
  assert.deepEqual(texts(newTierRefusals({ name: "mine", priority: 220 }, context)), [
    "spec.priority is 220, which is where ClusterNetworkPolicies of tier Admin stand, but must be a free number from 0 to 249, such as 219",
  ]);
});

test("newTierRefusals(): each number once, also while the built-in Tiers are not made yet", () => {
  assert.deepEqual(ofNew(7, { other: 7, more: 6 }), [
    "spec.priority is 7, which is the one of Tier other, but must be a free number from 0 to 249, such as 8",
  ]);
  const context = { tiers: new Map(), hasClusterPolicies: false };
  assert.deepEqual(texts(newTierRefusals({ name: "mine", priority: 250 }, context)), [
    "spec.priority is 250, which is the one of Tier application, but must be a free number from 0 to 249, such as 249",
  ]);
});

test("newTierRefusals(): a built-in name has its number", () => {
  assert.deepEqual(ofNew(7, {}, "platform"), [
    "spec.priority is 7, but must be 200 for Tier platform",
  ]);
});

test("changedTierRefusals(): the number stays, except for the controller", () => {
  const [before, after] = [5, 6].map((priority) => ({ name: "mine", priority })) as [
    { name: string; priority: number },
    { name: string; priority: number },
  ];
  assert.deepEqual(texts(changedTierRefusals(before, after, false)), [
    "spec.priority is 6 instead of 5, but must stay as it is: make another Tier, move policies to it, and delete this one",
  ]);
  assert.deepEqual(texts(changedTierRefusals(before, after, true)), []);
  assert.deepEqual(texts(changedTierRefusals(before, before, false)), []);
});

test("deletedTierRefusals(): the built-in ones stay, and those that a policy names", () => {
  for (const { name } of defaultTiers)
    assert.deepEqual(texts(deletedTierRefusals(name, 0)), [
      `metadata.name is "${name}", but must be that of a Tier of your own: the built-in ones stay`,
    ]);
  assert.deepEqual(texts(deletedTierRefusals("mine", 1)), [
    'metadata.name is "mine", which a policy names, but must be one that no policy names: move these to another Tier first (kubectl get acnp,annp -A shows which they are)',
  ]);
  assert.deepEqual(texts(deletedTierRefusals("mine", 9)), [
    'metadata.name is "mine", which 9 policies name, but must be one that no policy names: move these to another Tier first (kubectl get acnp,annp -A shows which they are)',
  ]);
  assert.deepEqual(texts(deletedTierRefusals("mine", 0)), []);
});

test("clusterPolicyRefusals(): the gate is open, and no Tier has its place", () => {
  const refusals = (hasClusterPolicies: boolean, ...own: [string, number][]) =>
    texts(clusterPolicyRefusals({ tiers: new Map([...builtIn, ...own]), hasClusterPolicies }));
  assert.deepEqual(refusals(true), []);
  assert.deepEqual(refusals(false), [
    "kind is ClusterNetworkPolicy of policy.networking.k8s.io, but must be one that is enforced: open the feature gate ClusterNetworkPolicy in antrea-controller.conf",
  ]);
  assert.deepEqual(refusals(true, ["mine", 220]), [
    "kind is ClusterNetworkPolicy, whose place 220 is taken by Tier mine, but must wait until that Tier is deleted",
  ]);
});
