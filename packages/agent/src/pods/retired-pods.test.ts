import assert from "node:assert/strict";
import { test } from "node:test";
import { abortable, silentLogger } from "@antrea/base";
import { manualClock } from "@antrea/base/testing";
import { ofPort, parseIp, parseMac } from "@antrea/net";
import type { PodInterface } from "./interface-store.ts";
import { retiredPods } from "./retired-pods.ts";

const signal = new AbortController().signal;
const flushed = () => new Promise((resolve) => setImmediate(resolve));

function podOf(hostName: string): PodInterface {
  return {
    hostName,
    containerId: hostName,
    ifname: "eth0",
    netns: `/var/run/netns/${hostName}`,
    network: "antrea",
    podNamespace: "shop",
    podName: hostName,
    mac: parseMac("0a:00:00:00:00:01") ?? assert.fail(),
    addresses: [parseIp("10.244.1.2") ?? assert.fail()],
    ofPort: ofPort(1),
  };
}

/** In this order: the datapath's number of a port, the address and the port's own number are free from here on. */
const removalOfA = ["settled", "port a", "forget 10.244.1.2", "links a", "release retired:a"];

/** Ports and links that are removed at once, and what was asked for. */
function bench() {
  const clock = manualClock();
  const asked: string[] = [];
  let failure: Error | undefined;
  let settled = Promise.resolve();
  const end = new AbortController();
  const retired = retiredPods({
    ports: {
      async remove(name) {
        if (failure) throw failure;
        asked.push(`port ${name}`);
      },
    },
    links: { remove: async (names) => void asked.push(`links ${names.join(" ")}`) },
    connections: { forget: async (addresses) => void asked.push(`forget ${addresses.join(" ")}`) },
    flows: { release: async (owner) => void asked.push(`release ${owner}`) },
    async datapathSettled({ signal }) {
      await abortable(settled, signal);
      asked.push("settled");
    },
    clock,
    log: silentLogger,
  });
  const done = retired.run(end.signal);
  return {
    retired,
    asked,
    settleWith: (promise: Promise<void>) => void (settled = promise),
    failWith: (error: Error | undefined) => (failure = error),
    async pass(ms: number) {
      for (let at = 0; at < ms; at += 10) {
        await flushed();
        clock.advance(10);
      }
      await flushed();
    },
    async stop() {
      end.abort();
      await assert.rejects(done, { name: "AbortError" });
    },
  };
}

test("retiredPods() removes what is left together, once no call has come for a while", async () => {
  const { retired, asked, pass, stop } = bench();
  for (const name of ["a", "b"]) await retired.during(async () => retired.add(podOf(name)));
  await pass(90);
  assert.deepEqual(asked, []);
  await pass(20);
  assert.deepEqual(asked, [
    ...["settled", "port a", "port b"],
    ...["forget 10.244.1.2 10.244.1.2", "links a b", "release retired:a", "release retired:b"],
  ]);
  assert.deepEqual(retired.all(), []);
  await stop();
});

test("retiredPods() waits while a call is under way, but not for ever", async () => {
  const { retired, asked, pass, stop } = bench();
  const call = Promise.withResolvers<void>();
  const under = retired.during(() => call.promise);
  retired.add(podOf("a"));
  await pass(400);
  assert.deepEqual(asked, []);
  await pass(150);
  assert.deepEqual(asked, removalOfA);
  call.resolve();
  await under;
  await stop();
});

test("retiredPods().clear() removes at once, and each only once", async () => {
  const { retired, asked, pass, stop } = bench();
  retired.add(podOf("a"));
  await Promise.all([retired.clear({ signal }), retired.clear({ signal })]);
  assert.deepEqual(asked, removalOfA);
  await pass(100);
  assert.equal(asked.length, removalOfA.length);
  await stop();
});

test("retiredPods() waits for the datapath before a port goes, and goes on without where that takes too long", async (t) => {
  const { retired, asked, settleWith, stop } = bench();
  const { promise, resolve } = Promise.withResolvers<void>();
  settleWith(promise);
  retired.add(podOf("a"));
  const cleared = retired.clear({ signal });
  await flushed();
  assert.deepEqual(asked, []);
  resolve();
  await cleared;
  assert.deepEqual(asked.splice(0), removalOfA);

  const enough = new AbortController();
  t.mock.method(AbortSignal, "timeout", () => enough.signal);
  settleWith(new Promise(() => {}));
  retired.add(podOf("a"));
  const again = retired.clear({ signal });
  await flushed();
  assert.deepEqual(asked, []);
  enough.abort();
  await again;
  assert.deepEqual(asked, removalOfA.slice(1));
  await stop();
});

test("retiredPods() keeps what could not be removed, and tries again", async () => {
  const { retired, asked, failWith, pass, stop } = bench();
  failWith(new Error("no database"));
  retired.add(podOf("a"));
  await pass(100);
  assert.equal(retired.all().length, 1);
  await assert.rejects(retired.clear({ signal }), /no database/);
  asked.length = 0;
  failWith(undefined);
  await pass(3_100);
  assert.deepEqual(asked, removalOfA);
  await stop();
});
