import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger } from "@antrea/base";
import { manualClock } from "@antrea/base/testing";
import type { DeviceFrames } from "@antrea/linux";
import { parsePodPort, type PodInterface } from "./interface-store.ts";
import { loadOf, moderateReceivers } from "./moderation.ts";

test("loadOf() has two limits, and between them nothing changes", () => {
  assert.equal(loadOf(20_000, "calm"), "busy");
  assert.equal(loadOf(19_999, "calm"), "calm");
  assert.equal(loadOf(10_000, "busy"), "busy");
  assert.equal(loadOf(9_999, "busy"), "calm");
});

test("moderateReceivers() sets a Pod when its load changes, and only then", async () => {
  const node = moderated();
  await node.tick({ web: 0 });
  assert.deepEqual(node.told(), ["web 0"], "what an earlier agent set is not known");
  await node.tick({ web: 5_000 }); // 20,000 a second
  assert.deepEqual(node.told(), ["web 100000"]);
  await node.tick({ web: 12_000 });
  await node.tick({ web: 16_000 }); // 16,000 a second: between the limits
  assert.deepEqual(node.told(), []);
  await node.tick({ web: 16_100 });
  assert.deepEqual(node.told(), ["web 0"]);
  await node.stop();
});

test("moderateReceivers() leaves a Pod that is new as it was born, until it is busy", async () => {
  const node = moderated();
  node.pods.push(pod("fresh"));
  await node.tick({ fresh: 0 });
  await node.tick({ fresh: 300 }); // 1,200 a second: not at rest
  assert.deepEqual(node.told(), []);
  await node.tick({ fresh: 5_300 });
  assert.deepEqual(node.told(), ["fresh 100000"]);
  await node.stop();
});

test("moderateReceivers() looks once a second while no Pod receives much", async () => {
  const node = moderated();
  await node.tick({ web: 0, db: 0 });
  await node.tick({ web: 10, db: 10 });
  assert.deepEqual(node.told(), ["web 0", "db 0"]);
  for (const web of [5_010, 10_010, 15_010]) await node.tick({ web, db: 10 });
  assert.deepEqual(node.told(), [], "it was not looked at");
  await node.tick({ web: 20_010, db: 10 });
  assert.deepEqual(node.told(), ["web 100000"]);
  await node.stop();
});

test("moderateReceivers() does not look at devices where there are no Pods", async () => {
  const node = moderated();
  const before = node.looks();
  node.pods.splice(0);
  for (let i = 0; i < 8; i++) await node.tick({});
  assert.equal(node.looks(), before);
  await node.stop();
});

test("moderateReceivers() passes over Pods without a link, and goes on after a refusal", async () => {
  const node = moderated();
  await node.tick({});
  assert.deepEqual(node.told(), []);
  node.refuse = true;
  await node.tick({ web: 0, db: 0 });
  await node.tick({ web: 10_000, db: 10 });
  node.refuse = false;
  await node.tick({ web: 20_000, db: 10_010 });
  assert.deepEqual(node.told(), ["db 100000"]);
  await node.stop();
});

/** Two Pods, a clock that a test steps, and what their devices were told: "web 100000" is a flush timeout. */
function moderated() {
  const clock = manualClock();
  const ending = new AbortController();
  const told: string[] = [];
  let looks = 0;
  let frames: ReadonlyMap<string, DeviceFrames> = new Map();
  const state = { refuse: false, pods: [pod("web"), pod("db")] };
  const running = moderateReceivers(
    {
      pods: () => state.pods,
      frames() {
        looks += 1;
        return frames;
      },
      moderate({ hostName }, { flushTimeoutNs }) {
        if (state.refuse) throw new Error("EROFS");
        told.push(`${hostName} ${flushTimeoutNs}`);
      },
      clock,
      log: silentLogger,
    },
    ending.signal,
  );
  return Object.assign(state, {
    /** What the Node's ends of the Pods have sent since they were made, a quarter of a second later. */
    async tick(sent: Readonly<Record<string, number>>) {
      frames = new Map(
        Object.entries(sent).map(([name, count]) => [name, { received: 0, sent: count }]),
      );
      clock.advance(250);
      await new Promise(setImmediate);
    },
    told: () => told.splice(0),
    /** How often devices were looked at. */
    looks: () => looks,
    async stop() {
      ending.abort(new Error("the test is over"));
      await assert.rejects(running, /the test is over/);
    },
  });
}

function pod(hostName: string): PodInterface {
  const externalIds = new Map([
    ["antrea-type", "container"],
    ["attached-mac", "0a:58:0a:0a:01:07"],
    ["container-id", hostName],
    ["ip-address", "10.10.1.7"],
  ]);
  return parsePodPort({ name: hostName, externalIds }) ?? assert.fail("a Pod's port");
}
