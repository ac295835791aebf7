import assert from "node:assert/strict";
import { test } from "node:test";
import { withLock } from "./lock.ts";
import { useOwnCache } from "./testing/cache.ts";

test("withLock() lets one holder in at a time and tells the other that it waits", async (t) => {
  useOwnCache(t);
  const seen: string[] = [];
  const waits = Promise.withResolvers<void>();
  let second: Promise<void> | undefined;
  await withLock("test", async () => {
    second = withLock("test", async () => void seen.push("second in"), { onWait: waits.resolve });
    await waits.promise;
    seen.push("first out");
  });
  await second;
  assert.deepEqual(seen, ["first out", "second in"]);
});

test("withLock() gives the lock back when the body throws", async (t) => {
  useOwnCache(t);
  await assert.rejects(
    withLock("test", () => Promise.reject(new Error("body"))),
    /body/,
  );
  assert.equal(await withLock("test", async () => 1), 1);
});
