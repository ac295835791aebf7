import assert from "node:assert/strict";
import { test } from "node:test";
import { manualClock } from "@antrea/base/testing";
import { ownMoves } from "./own-moves.ts";

test("ownMoves() is under way during a move, whether it succeeds or fails, and not for good where it hangs", async () => {
  const clock = manualClock();
  const moves = ownMoves(clock);
  assert.equal(moves.isUnderWay(), false);
  for (const outcome of ["done", "refused"]) {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const move = moves.during(() => promise);
    assert.equal(moves.isUnderWay(), true);
    if (outcome === "done") resolve(outcome);
    else reject(new Error(outcome));
    await move.catch(() => {});
    assert.equal(moves.isUnderWay(), false, outcome);
  }
  void moves.during(() => new Promise(() => {}));
  clock.advance(4_999);
  assert.equal(moves.isUnderWay(), true);
  clock.advance(1);
  assert.equal(moves.isUnderWay(), false);
});
