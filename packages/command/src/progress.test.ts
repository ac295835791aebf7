import assert from "node:assert/strict";
import { test } from "node:test";
import { manualClock } from "@antrea/base/testing";
import fc from "fast-check";
import { formatElapsed, progress, remainingMs } from "./progress.ts";
import { capturedStreams } from "./testing/captured-streams.ts";

function view(isTerminal: boolean, width = 80) {
  const clock = manualClock();
  const streams = capturedStreams({ clock, isTerminal, width });
  return { clock, streams, options: { sink: streams.stderr, clock } };
}

test("progress() writes plain lines where no terminal watches", async () => {
  const { clock, streams, options } = view(false);
  const { step, say } = progress({ total: 2 }, options);
  assert.equal(await step("Build", () => (clock.advance(2000), 7)), 7);
  say("All built");
  await assert.rejects(
    step("Start", () => {
      clock.advance(500);
      throw new Error("no");
    }),
    /no/,
  );
  assert.equal(
    streams.err,
    `[1/2] Build … (0.0 s elapsed)
[1/2] Build … done in 2.0 s
All built
[2/2] Start … (2.0 s elapsed, about 2.0 s left)
[2/2] Start … failed in 0.5 s
`,
  );
});

test("progress() says now and then that a long step still runs", async () => {
  const { clock, streams, options } = view(false);
  const { step } = progress({ total: 1, expectedSeconds: [60], heartbeatMs: 10_000 }, options);
  await step("Compile", async (note) => {
    note("kubelet");
    for (let i = 0; i < 2; i++) {
      clock.advance(10_000);
      await new Promise(setImmediate);
    }
  });
  assert.equal(
    streams.err,
    `[1/1] Compile … (0.0 s elapsed, about 1 min 0 s left)
[1/1] Compile … still running: kubelet, 10 s elapsed, about 50 s left
[1/1] Compile … still running: kubelet, 20 s elapsed, about 40 s left
[1/1] Compile … done in 20 s
`,
  );
});

test("progress() redraws one line on a terminal, within its width", async () => {
  const { clock, streams, options } = view(true, 40);
  const { step } = progress({ total: 12 }, options);
  await step("Build all of the images", async (note) => {
    clock.advance(1000);
    await new Promise(setImmediate);
    note("nginx");
  });
  const drawn = streams.err.split("\r");
  assert.equal(drawn[1], "[ 1/12] Build all of the images (0.0 s \x1b[K");
  assert.match(drawn[3] ?? "", /^\[ 1\/12\] Build all of the images: nginx/);
  assert.equal(drawn.at(-1), "\x1b[K[ 1/12] Build all of the images … done in 1.0 s\n");
});

test("remainingMs() follows expectations, scaled by the pace of the finished steps", () => {
  const base = { total: 3, expectedMs: [10_000, 20_000, 30_000] };
  const start = { ...base, finished: 0, finishedAtMs: 0 };
  assert.equal(remainingMs({ ...start, elapsedMs: 0 }), 60_000);
  assert.equal(remainingMs({ ...start, elapsedMs: 8_000 }), 52_000);
  assert.equal(remainingMs({ ...start, elapsedMs: 99_000 }), 0);
  const half = { ...base, finished: 2, finishedAtMs: 63_000 };
  assert.equal(remainingMs({ ...half, elapsedMs: 63_000 }), 57_500); // (63 + 6) / (30 + 6) of 30 s
  assert.equal(remainingMs({ ...base, finished: 3, finishedAtMs: 99, elapsedMs: 99 }), 0);
  const bare = { total: 4, expectedMs: [] };
  assert.equal(remainingMs({ ...bare, finished: 1, finishedAtMs: 100, elapsedMs: 150 }), 250);
  assert.equal(remainingMs({ ...bare, finished: 0, finishedAtMs: 0, elapsedMs: 100 }), undefined);
});

test("remainingMs() is not led astray by a short first step that took long, nor by the one that runs", () => {
  const expectedMs = [5_000, ...Array.from({ length: 30 }, () => 30_000)];
  const state = { total: 31, expectedMs, finished: 1, finishedAtMs: 15_000 };
  assert.ok((remainingMs({ ...state, elapsedMs: 15_000 }) ?? 0) < 1_100_000);
  assert.ok((remainingMs({ ...state, elapsedMs: 40_000 }) ?? 0) < 1_100_000);
});

test("remainingMs() is never negative", () => {
  const state = fc.record({
    elapsedMs: fc.nat(),
    finishedAtMs: fc.nat(),
    finished: fc.nat(6),
    total: fc.nat(5),
    expectedMs: fc.array(fc.nat(), { maxLength: 6 }),
  });
  fc.assert(fc.property(state, (s) => (remainingMs(s) ?? 0) >= 0));
});

test("formatElapsed() is short at every scale", () => {
  assert.deepEqual([0, 9_949, 10_000, 59_400, 61_000, 3_720_000].map(formatElapsed), [
    "0.0 s",
    "9.9 s",
    "10 s",
    "59 s",
    "1 min 1 s",
    "1 h 2 min",
  ]);
});
