import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { InvariantError, terminal } from "./errors.ts";
import { type LogData, type Logger, silentLogger } from "./log.ts";
import { reconcileWorker } from "./reconciler.ts";
import { manualClock } from "./testing/clock.ts";

const backOff = { delayMs: (attempt: number) => attempt * 100 };

function bench(
  reconcile: (key: string, signal: AbortSignal) => Promise<void>,
  { concurrency = 1 } = {},
) {
  const clock = manualClock();
  const lines: { readonly sentence: string; readonly data: LogData }[] = [];
  let sleeps = 0;
  const counting = {
    ...clock,
    sleep: (...args: Parameters<typeof clock.sleep>) => {
      sleeps++;
      return clock.sleep(...args);
    },
  };
  const add = (sentence: string, data: LogData = {}): void => void lines.push({ sentence, data });
  const log: Logger = { ...silentLogger, warn: add, error: add };
  const worker = reconcileWorker(
    { name: "test", reconcile },
    { backOff, clock: counting, log, concurrency },
  );
  const stop = new AbortController();
  const running = worker.run(stop.signal);
  return {
    worker,
    clock,
    lines,
    sleeps: () => sleeps,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}

/** Lets everything run that waits for nothing but its turn. */
async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await turn();
}

test("reconcileWorker() handles keys that are added before and while it runs", async () => {
  const seen: string[] = [];
  await using b = bench(async (key) => void seen.push(key));
  b.worker.add("a");
  await b.worker.idle();
  b.worker.add("b");
  await b.worker.idle();
  assert.deepEqual(seen, ["a", "b"]);
});

test("reconcileWorker() tries a failed key again after its back-off, and says so", async () => {
  let tries = 0;
  await using b = bench(async () => {
    if (++tries < 3) throw new Error("not now");
  });
  b.worker.add("a");
  await settle();
  assert.equal(tries, 1);
  b.clock.advance(99);
  await settle();
  assert.equal(tries, 1);
  b.clock.advance(1);
  await settle();
  assert.equal(tries, 2);
  b.clock.advance(200);
  await b.worker.idle();
  assert.equal(tries, 3);
  assert.deepEqual(
    b.lines.map((l) => [l.sentence, l.data["attempt"], l.data["err"]]),
    [
      ["Could not reconcile, will retry", 1, "not now"],
      ["Could not reconcile, will retry", 2, "not now"],
    ],
  );
});

test("reconcileWorker() does not retry a terminal error until the key is added again", async () => {
  let tries = 0;
  await using b = bench(async () => {
    tries++;
    throw terminal("never");
  });
  b.worker.add("a");
  await b.worker.idle();
  b.clock.advance(1_000_000);
  await settle();
  assert.equal(tries, 1);
  assert.equal(b.lines[0]?.sentence, "Could not reconcile, waiting for a change");
  b.worker.add("a");
  await b.worker.idle();
  assert.equal(tries, 2);
});

test("reconcileWorker() handles at most `concurrency` keys at a time, and one key never twice at a time", async () => {
  const busy = new Set<string>();
  const gates: (() => void)[] = [];
  let most = 0;
  await using b = bench(
    async (key) => {
      assert.ok(!busy.has(key));
      busy.add(key);
      most = Math.max(most, busy.size);
      await new Promise<void>((resolve) => gates.push(resolve));
      busy.delete(key);
    },
    { concurrency: 2 },
  );
  for (const key of ["a", "b", "c", "a"]) b.worker.add(key);
  await settle();
  b.worker.add("a");
  for (let i = 0; i < 4; i++) {
    gates.shift()?.();
    await settle();
  }
  await b.worker.idle();
  assert.equal(most, 2);
});

test("reconcileWorker() waits without spinning while it is full and a delayed key is due", async () => {
  let release = (): void => {};
  await using b = bench(async (key) => {
    if (key === "failing") throw new Error("not now");
    await new Promise<void>((resolve) => (release = resolve));
  });
  b.worker.add("failing");
  await settle();
  b.worker.add("slow");
  await settle();
  b.clock.advance(100);
  const before = b.sleeps();
  for (let i = 0; i < 20; i++) await settle();
  assert.ok(b.sleeps() - before <= 2, `it slept ${b.sleeps() - before} times`);
  release();
  await settle();
  assert.equal(b.lines.length, 2); // the failing key had its second try
});

test("reconcileWorker().run() ends when its signal aborts, after what is in flight", async () => {
  const stop = new AbortController();
  let isEnded = false;
  const worker = reconcileWorker(
    {
      name: "test",
      reconcile: (_, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => {
            isEnded = true;
            reject(signal.reason as Error);
          });
        }),
    },
    { backOff, clock: manualClock(), log: silentLogger },
  );
  worker.add("a");
  const running = worker.run(stop.signal);
  await settle();
  stop.abort();
  await running;
  assert.equal(isEnded, true);
  await worker.idle();
});

test("reconcileWorker() ends with a bug of ours instead of trying it again", async () => {
  const clock = manualClock();
  let tries = 0;
  const worker = reconcileWorker(
    {
      name: "test",
      async reconcile() {
        tries++;
        throw new InvariantError("two and two are four");
      },
    },
    { backOff, clock, log: silentLogger },
  );
  worker.add("a");
  await assert.rejects(worker.run(new AbortController().signal), /two and two are four/);
  assert.equal(tries, 1);
});
