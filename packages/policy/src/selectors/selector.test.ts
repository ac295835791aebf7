import assert from "node:assert/strict";
import { test } from "node:test";
import type { LabelSelector } from "@antrea/api";
import fc from "fast-check";
import { LabelIndex } from "./label-index.ts";
import { matches, normalizeSelector } from "./selector.ts";
import { SelectorIndex } from "./selector-index.ts";

type Operator = "In" | "NotIn" | "Exists" | "DoesNotExist";

function requiring(key: string, operator: Operator, values?: readonly string[]): LabelSelector {
  return { matchExpressions: [{ key, operator, ...(values ? { values: [...values] } : {}) }] };
}

const selects = (selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean =>
  matches(normalizeSelector(selector), labels);

test("matches() takes NotIn and DoesNotExist to hold where the label is missing", () => {
  assert.ok(selects(requiring("app", "NotIn", ["web"]), {}));
  assert.ok(selects(requiring("app", "DoesNotExist"), {}));
  assert.ok(!selects(requiring("app", "In", ["web"]), {}));
  assert.ok(!selects(requiring("app", "Exists"), {}));
});

test("matches() takes an empty value for a value", () => {
  assert.ok(selects(requiring("app", "Exists"), { app: "" }));
  assert.ok(selects({ matchLabels: { app: "" } }, { app: "" }));
  assert.ok(!selects({ matchLabels: { app: "" } }, {}));
  assert.ok(!selects(requiring("app", "NotIn", [""]), { app: "" }));
});

test("matches() asks for all requirements, of the object's own labels", () => {
  const two = { matchLabels: { app: "web" }, ...requiring("env", "In", ["a", "b"]) };
  assert.ok(selects(two, { app: "web", env: "b" }));
  assert.ok(!selects(two, { app: "web", env: "c" }));
  assert.ok(!selects(requiring("constructor", "Exists"), {}));
  assert.ok(selects(requiring("toString", "DoesNotExist"), {}));
});

test("matches() takes nothing for a selector that Kubernetes refuses", () => {
  assert.ok(!selects(requiring("app", "In", []), { app: "web" }));
  assert.ok(!selects(requiring("app", "NotIn", []), { app: "web" }));
  assert.ok(!selects(requiring("app", "Exists", ["web"]), { app: "web" }));
});

test("normalizeSelector() gives one text to selectors that ask for the same", () => {
  const texts = [
    { matchLabels: { app: "web", env: "a" } },
    { matchLabels: { env: "a", app: "web" } },
    { matchLabels: { env: "a" }, ...requiring("app", "In", ["web", "web"]) },
  ].map((selector) => normalizeSelector(selector).text);
  assert.deepEqual([...new Set(texts)], ["app=web,env=a"]);
  assert.equal(normalizeSelector(requiring("app", "NotIn", ["b", "a"])).text, "app notin (a,b)");
  assert.equal(normalizeSelector(undefined).text, "");
});

test("normalizeSelector() lets no text pass for that of another selector", () => {
  const hostile = [
    { matchLabels: { app: "a,env=b" } },
    requiring("app", "In", ["a,b"]),
    requiring("app=a,env=b", "Exists"),
    { matchLabels: { app: '"a"' } },
  ].map((selector) => normalizeSelector(selector).text);
  const honest = [
    { matchLabels: { app: "a", env: "b" } },
    requiring("app", "In", ["a", "b"]),
    { matchLabels: { app: "a" } },
  ].map((selector) => normalizeSelector(selector).text);
  assert.equal(new Set([...hostile, ...honest]).size, hostile.length + honest.length);
});

const key = fc.constantFrom("app", "env", "a=b");
const labels = fc.dictionary(key, fc.constantFrom("", "x", "y", "b=c"), { maxKeys: 3 });
const selector = fc
  .array(
    fc.record({
      key,
      operator: fc.constantFrom<Operator>("In", "NotIn", "Exists", "DoesNotExist"),
      values: fc.subarray(["", "x", "y", "b=c"]),
    }),
    { maxLength: 3 },
  )
  .map((matchExpressions) => normalizeSelector({ matchExpressions }));

test("SelectorIndex.candidates() has every selector that matches, until it is taken out", () => {
  fc.assert(
    fc.property(fc.array(selector), labels, (selectors, of) => {
      const index = new SelectorIndex<number>();
      const forget = selectors.map((one, i) => index.add(one, i));
      const found = new Set(index.candidates(of));
      for (const [i, one] of selectors.entries()) assert.ok(found.has(i) || !matches(one, of));
      for (const one of forget) one();
      assert.ok(index.isEmpty);
    }),
  );
});

test("SelectorIndex.candidates() tells ten thousand selectors apart that share a label", () => {
  const index = new SelectorIndex<number>();
  for (let i = 0; i < 10_000; i++)
    index.add(normalizeSelector({ matchLabels: { app: "web", pod: `p${i}` } }), i);
  const found = [...index.candidates({ app: "web", pod: "p77" })];
  assert.ok(found.includes(77) && found.length <= 2);
});

test("LabelIndex.candidates() has everything that matches, where it answers", () => {
  fc.assert(
    fc.property(fc.array(labels), selector, (things, of) => {
      const index = new LabelIndex<number>();
      for (const [i, own] of things.entries()) index.add(own, i);
      const found = index.candidates(of);
      const all = new Set(found?.sets.flatMap((set) => [...set]));
      for (const [i, own] of things.entries()) if (found && matches(of, own)) assert.ok(all.has(i));
    }),
  );
});
