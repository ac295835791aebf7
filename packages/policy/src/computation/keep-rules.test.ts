import assert from "node:assert/strict";
import { test } from "node:test";
import { anyPeer, type PolicyRule } from "../model.ts";
import { keepRules } from "./keep-rules.ts";

const rule = (over: Partial<PolicyRule> = {}): PolicyRule => ({
  ...{ direction: "In", action: "Drop", priority: 0, name: "", enableLogging: false, logLabel: "" },
  ...{ peer: { addressGroups: ["g"], ipBlocks: [] }, services: [], appliedToGroups: ["a"] },
  ...over,
});
const named = (...names: readonly string[]) => names.map((name) => rule({ name }));

test("keepRules() keeps the list where nothing is another", () => {
  const former = named("a", "b");
  assert.equal(keepRules(former, named("a", "b")), former);
  assert.deepEqual(keepRules([], named("a")), named("a"));
  assert.deepEqual(keepRules(former, []), []);
});

test("keepRules() keeps the objects of those before and after what comes, goes or changes", () => {
  const former = named("a", "b", "c");
  const keptOf = (...names: readonly string[]) => {
    const now = named(...names);
    const kept = keepRules(former, now);
    assert.deepEqual(kept, now);
    return kept.map((one) => former.indexOf(one));
  };
  assert.deepEqual(keptOf("a", "x", "b", "c"), [0, -1, 1, 2]);
  assert.deepEqual(keptOf("a", "c"), [0, 2]);
  assert.deepEqual(keptOf("a", "y", "c"), [0, -1, 2]);
  assert.deepEqual(keptOf("a", "a", "b", "c"), [0, -1, 1, 2]);
  assert.deepEqual(keptOf("b", "c"), [1, 2]);
  assert.deepEqual(keptOf("x", "y"), [-1, -1]);
});

test("keepRules() sees a difference in every field", () => {
  const others: { readonly [K in keyof PolicyRule]: PolicyRule[K] } = {
    ...{ direction: "Out", action: "Allow", priority: 1, name: "n", enableLogging: true },
    ...{ logLabel: "l", services: [{ protocol: "TCP", port: 80 }], appliedToGroups: ["b"] },
    peer: { addressGroups: ["h"], ipBlocks: [] },
  };
  assert.deepEqual(Object.keys(others).sort(), Object.keys(rule()).sort());
  for (const [field, value] of Object.entries(others)) {
    const changed = rule({ [field]: value });
    assert.equal(keepRules([rule()], [changed])[0], changed, field);
    assert.equal(keepRules([changed], [rule({ [field]: structuredClone(value) })])[0], changed);
  }
  const blocks = rule({ peer: { addressGroups: ["g"], ipBlocks: anyPeer.ipBlocks } });
  assert.equal(keepRules([rule()], [blocks])[0], blocks);
});
