import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { test } from "node:test";
import { silentLogger } from "@antrea/base";
import { manualClock } from "@antrea/base/testing";
import { nodeReportWire } from "@antrea/policy/controlplane";
import { policy } from "../testing/policies.ts";
import { realizations } from "./realizations.ts";
import { policyReporter } from "./reporter.ts";

function bench() {
  const clock = manualClock();
  const reports: string[] = [];
  let isAway = false;
  let settled = Promise.resolve();
  const made = realizations(
    { onChange: (uid) => reporter.changed(uid), onConfirmed() {} },
    clock.wallTime,
  );
  const reporter = policyReporter({
    client: {
      async request({ body = "" }) {
        if (isAway) throw new Error("away");
        const { isWhole, policies } = nodeReportWire.decode(JSON.parse(body));
        const texts = policies.map((one) => `${one.uid}@${one.generation} ${one.failure ?? ""}`);
        reports.push(`${isWhole ? "all:" : ""}${texts.map((text) => text.trim()).join()}`);
      },
    },
    nodeName: "node-1",
    realizations: made,
    datapathSettled: () => settled,
    backOff: { delayMs: () => 100 },
    clock,
    log: silentLogger,
  });
  const stop = new AbortController();
  const running = reporter.run(stop.signal).catch(() => {});
  return {
    reporter,
    reports,
    made,
    /** The datapath goes by what was before until this is called. */
    unsettle(): () => void {
      const { promise, resolve } = Promise.withResolvers<void>();
      settled = promise;
      return resolve;
    },
    setAway: (value: boolean) => void (isAway = value),
    async pass(ms: number) {
      for (let i = 0; i < 8; i++) await turn();
      clock.advance(ms);
      for (let i = 0; i < 8; i++) await turn();
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}

test("policyReporter() tells changes that come together in one report, in their last state", async () => {
  await using b = bench();
  const one = policy();
  b.made.received(one);
  b.made.received(policy({ uid: "p2" }));
  b.made.confirmed(one);
  b.made.refused("p2", "no room");
  await b.pass(20);
  assert.deepEqual(b.reports, ["p1@1,p2@undefined no room"]);
});

test("policyReporter() tells all once more where a report may not have arrived, or who asks is new", async () => {
  await using b = bench();
  b.setAway(true);
  const one = policy();
  b.made.received(one);
  b.made.confirmed(one);
  await b.pass(20);
  b.setAway(false);
  await b.pass(100);
  assert.deepEqual(b.reports, ["all:p1@1"]);
  b.reporter.tellAll();
  await b.pass(20);
  assert.deepEqual(b.reports, ["all:p1@1", "all:p1@1"]);
});

test("policyReporter() tells of a policy when the datapath goes by it, and of what has come meanwhile no sooner", async () => {
  await using b = bench();
  const settle = b.unsettle();
  const [one, two] = [policy(), policy({ uid: "p2" })];
  b.made.received(one);
  b.made.confirmed(one);
  await b.pass(20);
  assert.deepEqual(b.reports, []);
  b.made.received(two);
  b.made.confirmed(two);
  const settleNext = b.unsettle();
  settle();
  await b.pass(20);
  assert.deepEqual(b.reports, ["p1@1"]);
  settleNext();
  await b.pass(20);
  assert.deepEqual(b.reports, ["p1@1", "p2@1"]);
});
