import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { randomFrom, spreadOf } from "./statistics.ts";

test("spreadOf() gives the median and the quartiles, whatever the order", () => {
  assert.deepEqual(spreadOf([5, 1, 3, 2, 4]), { median: 3, low: 2, high: 4, count: 5 });
  assert.deepEqual(spreadOf([4, 1]), { median: 2.5, low: 1.75, high: 3.25, count: 2 });
  assert.equal(spreadOf([]), undefined);
});

test("spreadOf() stays within its figures and keeps their order", () => {
  const figures = fc.array(fc.double({ min: 0, max: 1e9, noNaN: true }), { minLength: 1 });
  fc.assert(
    fc.property(figures, (values) => {
      const spread = spreadOf(values);
      assert.ok(spread);
      const { low, median, high } = spread;
      assert.ok(Math.min(...values) <= low && low <= median);
      assert.ok(median <= high && high <= Math.max(...values));
    }),
  );
});

test("randomFrom() gives the same numbers for the same seed, from 0 up to 1", () => {
  const take = (seed: number) => {
    const random = randomFrom(seed);
    return Array.from({ length: 20 }, random);
  };
  assert.deepEqual(take(7), take(7));
  assert.notDeepEqual(take(7), take(8));
  assert.ok(take(7).every((value) => value >= 0 && value < 1));
});
