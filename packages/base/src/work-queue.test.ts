import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { workQueue } from "./work-queue.ts";

const tenTimes = { delayMs: (attempt: number) => attempt * 10 };

test("workQueue() hands out a key once, however often it was added", () => {
  const queue = workQueue<string>(tenTimes);
  queue.add("a");
  queue.add("a");
  assert.equal(queue.size, 1);
  assert.equal(queue.take(0), "a");
  assert.equal(queue.take(0), undefined);
  assert.equal(queue.inFlight, 1);
});

test("workQueue() hands out a key once more that was added while it was handled", () => {
  const queue = workQueue<string>(tenTimes);
  queue.add("a");
  queue.take(0);
  queue.add("a");
  queue.add("a");
  assert.equal(queue.take(0), undefined);
  queue.done("a");
  assert.equal(queue.take(0), "a");
  queue.done("a");
  assert.equal(queue.take(0), undefined);
});

test("workQueue() brings a failed key back after a delay that grows, and forgets failures once it is done", () => {
  const queue = workQueue<string>(tenTimes);
  queue.add("a");
  queue.take(0);
  assert.equal(queue.failed("a", 0), 1);
  assert.equal(queue.nextWakeMs(), 10);
  assert.equal(queue.take(9), undefined);
  assert.equal(queue.take(10), "a");
  assert.equal(queue.failed("a", 10), 2);
  assert.equal(queue.nextWakeMs(), 30);
  queue.take(30);
  queue.done("a");
  queue.add("a");
  queue.take(30);
  assert.equal(queue.failed("a", 30), 1);
});

test("workQueue() does not let a delayed key wait when it is added", () => {
  const queue = workQueue<string>(tenTimes);
  queue.add("a");
  queue.take(0);
  queue.failed("a", 0);
  queue.add("a");
  assert.equal(queue.size, 1);
  assert.equal(queue.take(1), "a");
  assert.equal(queue.nextWakeMs(), undefined);
});

test("workQueue() loses no key and holds none twice, whatever happens to it", () => {
  const step = fc.record({
    what: fc.constantFrom("add", "take", "done", "failed"),
    key: fc.constantFrom("a", "b", "c"),
    afterMs: fc.nat(15),
  });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const queue = workQueue<string>(tenTimes);
      const taken = new Set<string>();
      const owed = new Set<string>(); // added, and not taken since
      let now = 0;
      const take = (): void => {
        const key = queue.take(now);
        if (key === undefined) return;
        assert.ok(!taken.has(key), `${key} is taken once`);
        taken.add(key);
        owed.delete(key);
      };
      for (const { what, key, afterMs } of steps) {
        now += afterMs;
        if (what === "add") {
          queue.add(key);
          owed.add(key);
        } else if (what === "take") take();
        else if (taken.delete(key)) {
          if (what === "done") queue.done(key);
          else {
            queue.failed(key, now);
            owed.add(key);
          }
        }
        assert.equal(queue.inFlight, taken.size);
      }
      now += 1_000_000;
      for (const key of [...taken]) {
        taken.delete(key);
        queue.done(key);
      }
      while (queue.size > 0) take();
      assert.deepEqual(owed, new Set());
    }),
  );
});
