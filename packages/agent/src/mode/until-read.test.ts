import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger } from "@antrea/base";
import { manualClock } from "@antrea/base/testing";
import { untilRead } from "./until-read.ts";

/** For how many milliseconds two devices are waited for that hold so many bytes at each look, and the last for good. */
async function waitedFor(eth0: readonly number[], eth1: readonly number[]): Promise<number> {
  const clock = manualClock();
  const rest = new Map(Object.entries({ eth0: [...eth0], eth1: [...eth1] }));
  const unreadBytes = (device: string): number => {
    const row = rest.get(device) ?? assert.fail(device);
    return (row.length > 1 ? row.shift() : row[0]) ?? 0;
  };
  let isOver = false;
  const log = silentLogger;
  const { signal } = new AbortController();
  const read = untilRead(["eth0", "eth1"], { host: { unreadBytes }, clock, log }, signal);
  read.then(() => (isOver = true)).catch(() => {}); // told below
  for (let looks = 0; !isOver && looks < 1000; looks++) {
    await new Promise(setImmediate);
    if (!isOver) clock.advance(5);
  }
  await read;
  return clock.now();
}

test("untilRead() waits until each device was seen empty once, also where more has come since", async () => {
  assert.equal(await waitedFor([0], [0]), 0);
  assert.equal(await waitedFor([1500, 0], [0]), 5);
  assert.equal(await waitedFor([1500, 900, 0, 700], [3000, 0, 1500]), 10);
});

test("untilRead() goes on after two seconds where something always waits", async () => {
  assert.equal(await waitedFor([1500], [0]), 2_000);
});
