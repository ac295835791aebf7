import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { test } from "node:test";
import { silentLogger } from "@antrea/base";
import { manualClock } from "@antrea/base/testing";
import { flowRealizer } from "../bridge/flow-realizer.ts";
import { localPod, member, policy } from "../testing/policies.ts";
import { policyStart } from "./keep-policies.ts";
import { policyRoom } from "./policy-room.ts";
import { policyStreams } from "./receipts.ts";
import type { PolicyShare, ShareEntry } from "./state.ts";
import { quietRoom } from "./testing/quiet-room.ts";

/** A start with files of the agent before, or none. */
function bench(kept: PolicyShare | undefined) {
  const clock = manualClock();
  const steps: string[] = [];
  const written: (readonly ShareEntry[])[] = [];
  let flows = 0;
  const room = policyRoom({
    flows: flowRealizer({
      dumpFlows: async () => [],
      async applyFlows({ add }) {
        flows += add.length;
        steps.push("flows");
      },
    }),
    ...quietRoom(clock),
  });
  const start = policyStart({
    room,
    files: { read: () => kept, write: async (entries) => void written.push(entries) },
    onKnown: () => steps.push("known"),
    clock,
    log: silentLogger,
  });
  return { clock, steps, written, room, start, flowCount: () => flows };
}

async function settle(): Promise<void> {
  for (let i = 0; i < 10; i++) await turn();
}
const { signal } = new AbortController();
const pods = [localPod("web", 5)];
const kept: PolicyShare = {
  networkPolicies: [policy()],
  appliedToGroups: [{ name: "targets", members: [member("web")] }],
  addressGroups: [{ name: "peers", members: [member("bad", ["10.244.2.9"])] }],
};

test("policyStart() has the policies of the agent before in force before it is ready, and only then known", async () => {
  const b = bench(kept);
  b.start.begin(pods);
  await b.start.ready({ signal });
  assert.deepEqual(b.steps, ["flows", "known"]);
  assert.ok(b.flowCount() > 0);
});

test("policyStart() waits a little for a controller where Pods are there and nothing was kept", async () => {
  const b = bench(undefined);
  b.start.begin(pods);
  let isReady = false;
  const ready = b.start.ready({ signal }).then(() => (isReady = true));
  b.clock.advance(4_999);
  await settle();
  assert.equal(isReady, false);
  b.clock.advance(1);
  await ready;
  assert.deepEqual([b.steps, b.start.isKnown], [[], false], "nothing of the switch may go");
  for (const stream of policyStreams) b.start.told(stream);
  await settle();
  assert.deepEqual(b.steps, ["known"]);
});

test("policyStart() does not wait on a Node without Pods", async () => {
  const b = bench(undefined);
  b.start.begin([]);
  await b.start.ready({ signal });
  assert.equal(b.start.isKnown, false);
});

test("policyStart() knows all once each stream has told all, and not before", async () => {
  const b = bench(undefined);
  b.start.begin([]);
  for (const stream of policyStreams) {
    await settle();
    assert.deepEqual(b.steps, []);
    b.start.told(stream);
  }
  await settle();
  assert.deepEqual(b.steps, ["known"]);
});

test("policyStart() keeps nothing for the next agent before all is known", async () => {
  const b = bench(undefined);
  const stop = new AbortController();
  const running = b.start.keeper.run(stop.signal).catch(() => {});
  b.start.begin([]);
  b.start.keeper.changed();
  await settle();
  b.clock.advance(50);
  await settle();
  assert.equal(b.written.length, 0);
  for (const stream of policyStreams) b.start.told(stream);
  await settle();
  b.clock.advance(50);
  await settle();
  assert.equal(b.written.length, 1);
  stop.abort();
  await running;
});
