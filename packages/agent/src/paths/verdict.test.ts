import assert from "node:assert/strict";
import { test } from "node:test";
import { type Lane, newLane } from "./lane.ts";
import { measuredOf, verdictOf } from "./verdict.ts";

const fresh = newLane(1450, 0);
const proven: Lane = {
  ...fresh,
  stage: { kind: "proven" },
  cause: "unmeasured",
  mtu: 1450,
  roundTripMs: 0.4,
  history: [true, true, true, false],
};
const silent: Lane = { ...fresh, cause: "silence", history: [false, false] };

test("verdictOf() proves a peer when each IP family of its Pods is proven", () => {
  assert.deepEqual(verdictOf([proven, proven]), {
    isProven: true,
    reason: "proven by packets of 1450 bytes, both ways",
  });
  assert.deepEqual(verdictOf([proven, silent]), {
    isProven: false,
    reason: "no answer over the direct path",
  });
  assert.equal(verdictOf([]).isProven, false);
});

test("verdictOf() says what is wrong with a path, and how long it has to be well again", () => {
  const narrow: Lane = { ...fresh, cause: "size", mtu: 1400, falls: 2 };
  assert.equal(
    verdictOf([narrow]).reason,
    "the direct path carries 1400 bytes, and Pods send 1450; it will be taken again after 10 s of calm",
  );
  assert.match(verdictOf([{ ...narrow, mtu: undefined }]).reason, /fewer than 1280 bytes/);
});

test("measuredOf() tells the worst of the IP families, and no MTU where one passes nothing", () => {
  const slow: Lane = { ...proven, roundTripMs: 3, mtu: 1400, history: [true] };
  assert.deepEqual(measuredOf([proven, slow]), { latencyMs: 3, loss: 0.25, mtu: 1400 });
  assert.deepEqual(measuredOf([proven, silent]), { latencyMs: 0.4, loss: 1, mtu: undefined });
  assert.deepEqual(measuredOf([fresh]), { latencyMs: undefined, loss: undefined, mtu: undefined });
});
