import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { test } from "node:test";
import { manualClock } from "@antrea/base/testing";
import { type Knowledge, keptKnowledge } from "./knowledge.ts";

function begin() {
  const closed: number[] = [];
  const clock = manualClock();
  const make = (term: number) =>
    ({ close: async () => void closed.push(term) }) as Partial<Knowledge> as Knowledge;
  return { closed, clock, kept: keptKnowledge(make, { clock }) };
}

test("keptKnowledge() is the same in the next term where nobody else led, for a minute", async () => {
  const { closed, clock, kept } = begin();
  const first = await kept.open(false);
  kept.put();
  clock.advance(59_999);
  await turn();
  assert.equal(await kept.open(true), first);
  clock.advance(120_000); // no term is counted
  await turn();
  kept.put();
  clock.advance(60_000);
  await turn();
  assert.deepEqual(closed, [1]);
  assert.notEqual(await kept.open(true), first, "it is forgotten");
});

test("keptKnowledge() forgets it where somebody else led, and when it is closed", async () => {
  const { closed, clock, kept } = begin();
  const first = await kept.open(false);
  kept.put();
  const second = await kept.open(false);
  assert.notEqual(second, first);
  assert.deepEqual(closed, [1]);
  kept.put();
  await kept.close();
  clock.advance(60_000);
  await turn();
  assert.deepEqual(closed, [1, 2]);
});
