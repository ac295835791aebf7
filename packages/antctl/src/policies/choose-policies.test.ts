import assert from "node:assert/strict";
import { test } from "node:test";
import { byPrecedence, isChosen, type PolicyChoice } from "./choose-policies.ts";

const row = (source: string, tierPriority?: number, priority?: number) => ({
  ...{ name: `uid of ${source}`, source, appliedTo: [], rules: 1, generation: 1 },
  ...(tierPriority !== undefined && { tierPriority }),
  ...(priority !== undefined && { priority }),
});
const some = [
  row("K8sNetworkPolicy:shop/web"),
  row("AntreaNetworkPolicy:shop/web", 250, 5),
  row("AntreaClusterNetworkPolicy:web", 50, 7.5),
  row("AntreaClusterNetworkPolicy:deny", 253, 1),
  row("AdminNetworkPolicy:web", 251, 0),
];
const sources = (rows: typeof some) => rows.map(({ source }) => source);

test("isChosen() looks at UID or path, name, Namespace and kind", () => {
  const chosen = (wanted: PolicyChoice) => sources(some.filter((one) => isChosen(one, wanted)));
  assert.equal(chosen({}).length, some.length);
  assert.deepEqual(chosen({ policy: "web" }), [
    "AntreaClusterNetworkPolicy:web",
    "AdminNetworkPolicy:web",
  ]);
  assert.deepEqual(chosen({ policy: "uid of AdminNetworkPolicy:web" }), ["AdminNetworkPolicy:web"]);
  assert.equal(chosen({ source: "web" }).length, 4);
  assert.deepEqual(chosen({ namespace: "shop", type: "K8sNP" }), ["K8sNetworkPolicy:shop/web"]);
});

test("byPrecedence() is the order in which policies are asked", () => {
  assert.deepEqual(sources(some.toSorted(byPrecedence)), [
    "AntreaClusterNetworkPolicy:web",
    "AntreaNetworkPolicy:shop/web",
    "AdminNetworkPolicy:web",
    "K8sNetworkPolicy:shop/web",
    "AntreaClusterNetworkPolicy:deny",
  ]);
});
