import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { exponentialBackOff } from "./back-off.ts";

test("exponentialBackOff() doubles up to its bound", () => {
  const longest = exponentialBackOff({ firstMs: 10, maxMs: 100, random: () => 1 });
  assert.deepEqual(
    [1, 2, 3, 4, 5, 500].map((n) => longest.delayMs(n)),
    [10, 20, 40, 80, 100, 100],
  );
});

test("exponentialBackOff() shortens a delay by at most a half, whatever chance says", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      fc.integer({ min: 1, max: 2_000 }),
      (chance, attempt) => {
        const full = Math.min(5_000, 7 * 2 ** Math.min(attempt - 1, 30));
        const delay = exponentialBackOff({
          firstMs: 7,
          maxMs: 5_000,
          random: () => chance,
        }).delayMs(attempt);
        assert.ok(delay >= full / 2 && delay <= full, `${delay} of ${full}`);
      },
    ),
  );
});
