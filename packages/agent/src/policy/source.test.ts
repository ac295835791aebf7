import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { test } from "node:test";
import { silentLogger } from "@antrea/base";
import { manualClock } from "@antrea/base/testing";
import { KubeError, type Resource, type WatchEvent, type WatchQuery } from "@antrea/kube";
import { bookmark, type StreamName, streamNames } from "@antrea/policy/controlplane";
import { policySource } from "./source.ts";

/** A controller whose watches a test feeds and ends. */
function bench() {
  const clock = manualClock();
  const told: string[] = [];
  const asked: string[] = [];
  const open = new Map<
    string,
    { push(events: readonly WatchEvent[]): void; fail(e: Error): void }
  >();
  let refusal: Error | undefined;
  async function* watch({ plural }: Resource, { fieldSelector }: WatchQuery) {
    asked.push(`${plural} ${fieldSelector}`);
    if (refusal) throw refusal;
    let next = Promise.withResolvers<readonly WatchEvent[]>();
    open.set(plural, { push: (events) => next.resolve(events), fail: (e) => next.reject(e) });
    yield [];
    for (;;) {
      const events = await next.promise;
      next = Promise.withResolvers();
      yield events;
    }
  }
  const sink = (name: StreamName) => ({
    replace: (all: readonly unknown[]) => void told.push(`${name} replace ${all.length}`),
    put() {},
    remove: (one: string) => void told.push(`${name} remove ${one}`),
    reached() {},
  });
  const source = policySource({
    client: { watch },
    nodeName: "node-1",
    sinks: {
      networkpolicies: sink("networkpolicies"),
      addressgroups: sink("addressgroups"),
      appliedtogroups: sink("appliedtogroups"),
      podreceipts: sink("podreceipts"),
    },
    onAbsent: () => void told.push("absent"),
    backOff: { delayMs: () => 100 },
    clock,
    log: silentLogger,
  });
  const stop = new AbortController();
  const running = source.run(stop.signal);
  return {
    source,
    clock,
    told,
    asked,
    push: (name: StreamName, ...events: WatchEvent[]) => open.get(name)?.push(events),
    fail: (name: StreamName) => open.get(name)?.fail(new Error("cut")),
    refuse: (error: Error | undefined) => void (refusal = error),
    async [Symbol.asyncDispose]() {
      stop.abort();
      for (const one of open.values()) one.fail(new Error("stopped"));
      await running;
    },
  };
}

async function settle(): Promise<void> {
  for (let i = 0; i < 10; i++) await turn();
}
const whole = (name: StreamName): WatchEvent => ({
  type: "BOOKMARK",
  object: bookmark(name, "c.1", true),
});

test("policySource() follows each stream for its own Node, and is connected when all are whole", async () => {
  await using b = bench();
  await settle();
  assert.deepEqual(
    b.asked,
    streamNames.map((name) => `${name} nodeName=node-1`),
  );
  for (const name of streamNames) {
    assert.equal(b.source.isConnected, false);
    b.push(name, whole(name));
    await settle();
  }
  assert.equal(b.source.isConnected, true);
});

test("policySource() takes nothing away when a stream is lost, and watches it anew after a while", async () => {
  await using b = bench();
  await settle();
  for (const name of streamNames) b.push(name, whole(name));
  await settle();
  b.told.length = 0;
  b.asked.length = 0;
  b.fail("networkpolicies");
  await settle();
  assert.deepEqual([b.told, b.asked, b.source.isConnected], [[], [], false]);
  b.clock.advance(100);
  await settle();
  assert.deepEqual(b.asked, ["networkpolicies nodeName=node-1"]);
  b.push("networkpolicies", whole("networkpolicies"));
  await settle();
  assert.deepEqual([b.told, b.source.isConnected], [["networkpolicies replace 0"], true]);
});

test("policySource() tells a cluster without such an API from a controller that is away", async () => {
  await using b = bench();
  const failure = (code: "not-found" | "server-error") =>
    new KubeError({ code, asked: "GET", answer: "no" });
  await settle();
  assert.equal(b.source.isAbsent, false);
  for (const [code, isAbsent] of [
    ["not-found", true],
    ["server-error", false],
  ] as const) {
    b.refuse(failure(code));
    for (const name of streamNames) b.fail(name);
    await settle();
    b.clock.advance(100);
    await settle();
    assert.equal(b.source.isAbsent, isAbsent, code);
  }
  assert.equal(b.told.filter((one) => one === "absent").length, 1);
});
