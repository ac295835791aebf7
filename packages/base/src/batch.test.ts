import assert from "node:assert/strict";
import { test } from "node:test";
import { batcher } from "./batch.ts";

function bench() {
  const batches: (readonly number[])[] = [];
  const gates: PromiseWithResolvers<void>[] = [];
  const submit = batcher<number, number>(async (items) => {
    batches.push(items);
    const gate = Promise.withResolvers<void>();
    gates.push(gate);
    await gate.promise;
    return items.map((i) => i * 2);
  });
  return { batches, gates, submit };
}

/** Lets what waits for nothing but its turn run. */
const turns = async (): Promise<void> => {
  for (let i = 0; i < 10; i++) await Promise.resolve();
};

test("batcher() puts what comes in one turn into one call, and gives each its own result", async () => {
  const { batches, gates, submit } = bench();
  const results = Promise.all([submit(1), submit(2), submit(3)]);
  await turns();
  gates[0]?.resolve();
  assert.deepEqual(await results, [2, 4, 6]);
  assert.deepEqual(batches, [[1, 2, 3]]);
});

test("batcher() hands what comes while a call runs to the next one", async () => {
  const { batches, gates, submit } = bench();
  const first = submit(1);
  await turns();
  const rest = Promise.all([submit(2), submit(3)]);
  await turns();
  assert.deepEqual(batches, [[1]]);
  gates[0]?.resolve();
  assert.equal(await first, 2);
  await turns();
  gates[1]?.resolve();
  assert.deepEqual(await rest, [4, 6]);
  assert.deepEqual(batches, [[1], [2, 3]]);
});

test("batcher() fails the items of a call that throws, and goes on with the next", async () => {
  const { gates, submit } = bench();
  const failing = Promise.allSettled([submit(1), submit(2)]);
  await turns();
  const later = submit(3);
  gates[0]?.reject(new Error("no"));
  assert.deepEqual(
    (await failing).map((r) => r.status),
    ["rejected", "rejected"],
  );
  await turns();
  gates[1]?.resolve();
  assert.equal(await later, 6);
});

test("batcher() starts anew after it was idle", async () => {
  const { batches, gates, submit } = bench();
  for (const n of [0, 1]) {
    const result = submit(n);
    await turns();
    gates[n]?.resolve();
    await result;
  }
  assert.deepEqual(batches, [[0], [1]]);
});
