import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { test } from "node:test";
import { collectAtRest } from "./heap-at-rest.ts";
import { silentLogger } from "./log.ts";
import { manualClock } from "./testing/clock.ts";

const megabyte = 1024 * 1024;
const lookMs = 5_000;

/** A program whose heap is 20 MB at least, looked at until the test ends. */
function watched(signal: AbortSignal) {
  const clock = manualClock();
  const program = { cpuMs: 0, heldBytes: 60 * megabyte, collections: 0, stoodMs: [] as number[] };
  const done = collectAtRest(
    {
      cpuMs: () => program.cpuMs,
      heldBytes: () => program.heldBytes,
      collect() {
        program.collections++;
        program.cpuMs += 2_000; // a collection is no unrest
        program.heldBytes = 20 * megabyte;
        clock.advance(40);
      },
    },
    { clock, onCollected: (tookMs) => program.stoodMs.push(tookMs), log: silentLogger, signal },
  );
  /** Time until the next look, of which the program used `cpuMs`. */
  async function pass(cpuMs: number): Promise<number> {
    program.cpuMs += cpuMs;
    clock.advance(lookMs);
    await turn();
    return program.collections;
  }
  return { program, pass, done };
}

test("collectAtRest() collects once after the second look that found rest", async (t) => {
  const { program, pass } = watched(t.signal);
  assert.equal(await pass(4_000), 0, "the start");
  assert.equal(await pass(250), 0, "rest");
  assert.equal(await pass(250), 1, "rest still");
  assert.equal(await pass(100), 1, "nothing was taken since");
  assert.deepEqual(program.stoodMs, [40]);
});

test("collectAtRest() waits while the program works, however much it holds", async (t) => {
  const { program, pass } = watched(t.signal);
  for (let i = 0; i < 20; i++) {
    program.heldBytes += megabyte;
    assert.equal(await pass(i % 2 === 0 ? 251 : 0), 0);
  }
});

test("collectAtRest() collects again after a burst that took 16 MB, and not after a smaller one", async (t) => {
  const { program, pass } = watched(t.signal);
  await pass(0);
  assert.equal(await pass(0), 1);
  program.heldBytes += 16 * megabyte - 1;
  await pass(3_000);
  await pass(0);
  assert.equal(await pass(0), 1);
  program.heldBytes += 1;
  assert.equal(await pass(0), 2);
});

test("collectAtRest() ends with its signal, at once and without a last collection", async () => {
  const stop = new AbortController();
  const { program, pass, done } = watched(stop.signal);
  await pass(0);
  stop.abort(new Error("enough"));
  await done;
  assert.equal(program.collections, 0);
});
