import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { silentLogger } from "@antrea/base";
import { manualClock } from "@antrea/base/testing";
import { ruleProgress } from "./rule-progress.ts";
import { ruleSender } from "./rule-sender.ts";

function bench(send: (key: string) => Promise<void>) {
  const clock = manualClock();
  const progress = ruleProgress();
  const backOff = { delayMs: (attempt: number) => attempt * 100 };
  const sender = ruleSender({ send, progress, backOff, clock, log: silentLogger });
  const stop = new AbortController();
  const running = sender.run(stop.signal);
  return {
    clock,
    progress,
    sender,
    want(...keys: string[]) {
      progress.wanted(keys);
      sender.add(keys);
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}

async function settle(): Promise<void> {
  for (let i = 0; i < 8; i++) await turn();
}

test("ruleSender() asks for all that is due before it waits for anything", async () => {
  const seen: string[] = [];
  let most = 0;
  let open = 0;
  await using b = bench(async (key) => {
    seen.push(key);
    most = Math.max(most, ++open);
    await turn();
    open--;
  });
  b.want("a", "b", "a", "c");
  await settle();
  assert.deepEqual(seen, ["a", "b", "c"]);
  assert.equal(most, 3);
  assert.equal(b.progress.openCount, 0);
});

test("ruleSender() sends a rule once more while it is under way", async () => {
  const gates: (() => void)[] = [];
  await using b = bench(() => new Promise((resolve) => gates.push(resolve)));
  b.want("a");
  await settle();
  b.want("a");
  await settle();
  assert.equal(gates.length, 2);
  gates[0]?.();
  await settle();
  assert.equal(b.progress.openCount, 1, "the form that is wanted now is not confirmed");
  gates[1]?.();
  await settle();
  assert.equal(b.progress.openCount, 0);
});

test("ruleSender() comes back to a rule that was refused, and says why it waits", async () => {
  let tries = 0;
  await using b = bench(async () => {
    if (++tries < 3) throw new Error("table full");
  });
  b.want("a");
  await settle();
  assert.equal(tries, 1);
  assert.equal(b.progress.problemOf(["a"]), "table full");
  b.clock.advance(99);
  await settle();
  assert.equal(tries, 1);
  b.clock.advance(1);
  await settle();
  assert.equal(tries, 2);
  b.clock.advance(200);
  await settle();
  assert.equal(tries, 3);
  assert.equal(b.progress.openCount, 0);
  b.clock.advance(10_000);
  await settle();
  assert.equal(tries, 3);
});
