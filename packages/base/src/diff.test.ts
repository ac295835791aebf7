import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { diffKeyed, isEmptyChange, type KeyedChange } from "./diff.ts";

const equal = (a: number, b: number): boolean => a === b;
const states = fc
  .array(fc.tuple(fc.constantFrom("a", "b", "c", "d"), fc.nat(3)))
  .map((e) => new Map(e));

function apply<K, V>(before: ReadonlyMap<K, V>, change: KeyedChange<K, V>): Map<K, V> {
  const after = new Map(before);
  for (const { key, value } of [...change.add, ...change.modify]) after.set(key, value);
  for (const { key } of change.remove) after.delete(key);
  return after;
}

test("diffKeyed(): applied to the first it gives the second", () => {
  fc.assert(
    fc.property(states, states, (a, b) => {
      assert.deepEqual(apply(a, diffKeyed(a, b, equal)), b);
    }),
  );
});

test("diffKeyed(): of a state and itself it is empty", () => {
  fc.assert(fc.property(states, (a) => assert.ok(isEmptyChange(diffKeyed(a, new Map(a), equal)))));
});

test("diffKeyed(): the way back removes what the way there added, and tells what was before", () => {
  fc.assert(
    fc.property(states, states, (a, b) => {
      const there = diffKeyed(a, b, equal);
      const back = diffKeyed(b, a, equal);
      assert.deepEqual(
        new Map(there.add.map((e) => [e.key, e.value])),
        new Map(back.remove.map((e) => [e.key, e.before])),
      );
      for (const { key, before } of there.modify) assert.equal(before, a.get(key));
    }),
  );
});

test("diffKeyed() modifies what is unequal by the comparison given, and nothing else", () => {
  const sameParity = (a: number, b: number): boolean => a % 2 === b % 2;
  const change = diffKeyed(
    new Map([
      ["x", 1],
      ["y", 2],
    ]),
    new Map([
      ["x", 3],
      ["y", 3],
    ]),
    sameParity,
  );
  assert.deepEqual(change, { add: [], modify: [{ key: "y", before: 2, value: 3 }], remove: [] });
});
