import assert from "node:assert/strict";
import { test } from "node:test";
import { manualClock } from "./clock.ts";

test("manualClock() wakes sleepers when their time has come, in order", async () => {
  const clock = manualClock(1_000);
  const woken: string[] = [];
  const sleeping = [
    clock.sleep(20).then(() => woken.push("late")),
    clock.sleep(10).then(() => woken.push("early")),
  ];
  clock.advance(9);
  await Promise.resolve();
  assert.deepEqual(woken, []);
  clock.advance(11);
  await Promise.all(sleeping);
  assert.deepEqual(woken, ["early", "late"]);
  assert.equal(clock.now(), 1_020);
  assert.equal(clock.wallTime().getTime(), 1_020);
});

test("manualClock() does not let a sleep of no time wait", async () => {
  await manualClock().sleep(0);
});

test("manualClock() rejects an aborted sleep with the signal's reason", async () => {
  const clock = manualClock();
  const controller = new AbortController();
  const sleeping = clock.sleep(10, { signal: controller.signal });
  controller.abort(new Error("enough"));
  await assert.rejects(sleeping, /enough/);
  await assert.rejects(clock.sleep(10, { signal: controller.signal }), /enough/);
  clock.advance(100);
});
