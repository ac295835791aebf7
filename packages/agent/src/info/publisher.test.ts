import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { silentLogger } from "@antrea/base";
import { manualClock } from "@antrea/base/testing";
import { type KubeClient, KubeError } from "@antrea/kube";
import type { Condition } from "./conditions.ts";
import { infoPublisher } from "./publisher.ts";

/** A publisher beside an API server that notes what it is told. */
function published(t: TestContext) {
  const clock = manualClock();
  const writes: string[] = [];
  const state = { up: "True" as Condition["status"], failure: undefined as Error | undefined };
  const conditions = (): readonly Condition[] => [
    { type: "OVSDBConnectionUp", status: state.up, lastHeartbeatTime: "" },
    {
      type: "ControllerConnectionUp",
      status: publisher.isHeard ? "True" : "False",
      lastHeartbeatTime: "",
    },
  ];
  const client: Pick<KubeClient, "apply"> = {
    apply: async <T>() => {
      if (state.failure) throw state.failure;
      writes.push(
        conditions()
          .map(({ status }) => status)
          .join(),
      );
      return {} as T;
    },
  };
  const publisher = infoPublisher({
    client: client as KubeClient,
    nodeName: "node-1",
    info: async () => ({ agentConditions: conditions() }),
    conditions,
    clock,
    log: silentLogger,
  });
  const stop = new AbortController();
  const running = publisher.run(stop.signal);
  t.after(async () => {
    stop.abort();
    await running;
  });
  /** Lets the loop look `seconds` times. */
  const pass = async (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      await new Promise((resolve) => setImmediate(resolve));
      clock.advance(1_000);
    }
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { publisher, writes, state, pass };
}

test("infoPublisher() writes at its start, then once a minute while nothing changes", async (t) => {
  const { writes, pass } = published(t);
  await pass(59);
  assert.equal(writes.length, 1);
  await pass(2);
  assert.equal(writes.length, 2);
});

test("infoPublisher() writes within a second of a changed condition, and of its return", async (t) => {
  const { writes, state, pass } = published(t);
  await pass(5);
  state.up = "False";
  await pass(1);
  assert.deepEqual(writes, ["True,True", "False,True"]);
  state.up = "True";
  await pass(1);
  assert.deepEqual(writes.at(-1), "True,True");
  await pass(5);
  assert.equal(writes.length, 3);
});

test("infoPublisher() writes changes that come together once", async (t) => {
  const { publisher, writes, pass } = published(t);
  await pass(1);
  for (let change = 0; change < 20; change++) publisher.changed();
  await pass(3);
  assert.equal(writes.length, 2);
});

test("infoPublisher() knows by its own writes that the API server is away, and tells it nothing untrue", async (t) => {
  const { publisher, writes, state, pass } = published(t);
  await pass(1);
  state.failure = new KubeError({ code: "unreachable", asked: "PATCH", answer: "no route" });
  await pass(61);
  assert.equal(publisher.isHeard, false);
  state.failure = undefined;
  await pass(11);
  assert.equal(publisher.isHeard, true);
  assert.deepEqual(writes, ["True,True", "True,True"]);
});
