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
  for (let looks = 0; !isOver && looks < 3000; looks++) {
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

test("untilRead() goes on after two seconds where something always waits, and is read", async () => {
  const growing = Array.from({ length: 100 }, (_, at) => 1500 * (at + 1));
  assert.equal(await waitedFor([3000, 1500], [0]), 2_005);
  assert.equal(await waitedFor([...growing, 1500], [0]), 500 + 2_000);
});

test("untilRead() has ten seconds for an Open vSwitch that stands still", async () => {
  assert.equal(await waitedFor([1500], [0]), 10_000);
  const still = Array.from({ length: 1000 }, () => 1500);
  assert.equal(await waitedFor([...still, 0], [0]), 5_000);
});
