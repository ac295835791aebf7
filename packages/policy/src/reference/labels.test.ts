import assert from "node:assert/strict";
import { test } from "node:test";
import { selects } from "./labels.ts";

const needs = (operator: "In" | "NotIn" | "Exists" | "DoesNotExist", ...values: string[]) => ({
  matchExpressions: [{ key: "tier", operator, values }],
});

test("selects(): an empty selector selects everything, labelled or not", () => {
  for (const selector of [{}, { matchLabels: {} }, { matchExpressions: [] }])
    for (const labels of [{}, { tier: "web" }]) assert.ok(selects(selector, labels));
});

test("selects(): NotIn and DoesNotExist hold where the label is missing, In and Exists do not", () => {
  assert.ok(selects(needs("NotIn", "web"), {}));
  assert.ok(selects(needs("DoesNotExist"), {}));
  assert.ok(!selects(needs("In", "web", ""), {}));
  assert.ok(!selects(needs("Exists"), {}));
});

test("selects(): an empty value is a value", () => {
  const labels = { tier: "" };
  assert.ok(selects({ matchLabels: { tier: "" } }, labels));
  assert.ok(selects(needs("In", ""), labels));
  assert.ok(selects(needs("Exists"), labels));
  assert.ok(!selects(needs("NotIn", ""), labels));
  assert.ok(!selects({ matchLabels: { tier: "" } }, {}));
});

test("selects(): all requirements must hold, labels and expressions alike", () => {
  const selector = { matchLabels: { app: "web" }, ...needs("NotIn", "db") };
  assert.ok(selects(selector, { app: "web", tier: "front" }));
  assert.ok(!selects(selector, { app: "web", tier: "db" }));
  assert.ok(!selects(selector, { tier: "front" }));
});

test("selects(): a label may be called as what every object has", () => {
  assert.ok(!selects({ matchExpressions: [{ key: "constructor", operator: "Exists" }] }, {}));
  assert.ok(selects({ matchExpressions: [{ key: "toString", operator: "DoesNotExist" }] }, {}));
});
