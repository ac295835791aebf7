import assert from "node:assert/strict";
import { test } from "node:test";
import { exponentialBackOff, silentLogger } from "@antrea/base";
import { manualClock } from "@antrea/base/testing";
import { OvsdbError } from "@antrea/ovsdb";
import { datapathSettled } from "./datapath-settled.ts";

const backOff = exponentialBackOff({ firstMs: 100, maxMs: 100, random: () => 0 });

/** An ovs-vswitchd that answers looks through its datapath when told, or with these errors first. */
function world(errors: readonly Error[] = []) {
  const left = [...errors];
  const asked: PromiseWithResolvers<void>[] = [];
  const clock = manualClock();
  const control = {
    call: async () => "",
    async callAll() {
      const error = left.shift();
      if (error) throw error;
      const one = Promise.withResolvers<void>();
      asked.push(one);
      await one.promise;
      return [];
    },
  };
  const wait = datapathSettled(
    { control, backOff, clock, log: silentLogger },
    new AbortController().signal,
  );
  const over: string[] = [];
  return {
    asked,
    clock,
    over,
    call(name: string, { signal } = new AbortController()): void {
      wait({ signal }).then(
        () => over.push(name),
        (error: unknown) => over.push(`${name}: ${String(error)}`),
      );
    },
    turn: () => new Promise<void>((resolve) => setImmediate(resolve)),
  };
}

test("datapathSettled() has who calls together wait together, and nobody for a look that had begun", async () => {
  const { asked, over, call, turn } = world();
  call("a");
  call("b");
  await turn();
  call("c");
  await turn();
  assert.equal(asked.length, 1);
  asked[0]?.resolve();
  await turn();
  assert.deepEqual(over, ["a", "b"]);
  assert.equal(asked.length, 2, "the one who came later has a look of its own");
  asked[1]?.resolve();
  await turn();
  assert.deepEqual(over, ["a", "b", "c"]);
});

test("datapathSettled() asks again while ovs-vswitchd is away, and goes by time where it does not tell", async () => {
  const refused = new OvsdbError({
    code: "rpc-error",
    method: "revalidator/wait",
    error: "can't wait on multiple udpifs.",
  });
  const { asked, over, clock, call, turn } = world([new Error("ENOENT"), refused]);
  call("a");
  await turn();
  clock.advance(100); // it is asked again
  await turn();
  clock.advance(1_999);
  await turn();
  assert.deepEqual(over, []);
  clock.advance(1);
  await turn();
  assert.deepEqual(over, ["a"]);
  assert.equal(asked.length, 0);
});

test("datapathSettled() ends with its caller's signal", async () => {
  const { over, call, turn } = world();
  const impatient = new AbortController();
  call("a", impatient);
  await turn();
  impatient.abort(new Error("enough"));
  await turn();
  assert.deepEqual(over, ["a: Error: enough"]);
});
