import assert from "node:assert/strict";
import { test } from "node:test";
import { shortMemory } from "./short-memory.ts";

test("shortMemory() forgets the oldest when it has too many, and failures at once", async () => {
  let found = 0;
  let now = 0;
  const memory = shortMemory<number>({ forMs: 10, most: 2, now: () => now });
  const get = (key: string) => memory.get(key, async () => ++found);
  assert.deepEqual([await get("a"), await get("b"), await get("a")], [1, 2, 1]);
  await get("c");
  assert.equal(await get("a"), 4, "a was the oldest");
  now = 10;
  assert.equal(await get("a"), 5);
  await assert.rejects(memory.get("x", () => Promise.reject(new Error("no"))));
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(await get("x"), 6);
});
