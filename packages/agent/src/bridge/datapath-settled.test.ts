import assert from "node:assert/strict";
import { test } from "node:test";
import { exponentialBackOff, silentLogger } from "@antrea/base";
import { manualClock } from "@antrea/base/testing";
import { OvsdbError } from "@antrea/ovsdb";
import { datapathSettled } from "./datapath-settled.ts";

const backOff = exponentialBackOff({ firstMs: 100, maxMs: 100, random: () => 0 });

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** An ovs-vswitchd that answers looks through its datapath when told, or with these errors first. */
function world(errors: readonly Error[] = []) {
  const left = [...errors];
  const asked: PromiseWithResolvers<string>[] = [];
  const clock = manualClock();
  let nudges = 0;
  const control = {
    async call(method: string) {
      if (method === "version") return "";
      const error = left.shift();
      if (error) throw error;
      const one = Promise.withResolvers<string>();
      asked.push(one);
      return one.promise;
    },
  };
  const connection = { sendAll: async () => void nudges++ };
  const wait = datapathSettled(
    { control, session: { connection: async () => connection }, backOff, clock, log: silentLogger },
    new AbortController().signal,
  );
  const over: string[] = [];
  return {
    asked,
    over,
    nudges: () => nudges,
    /** The look that was asked for as this one is over. */
    async look(at: number): Promise<void> {
      asked[at]?.resolve("");
      await turn();
    },
    call(name: string, { signal } = new AbortController()): void {
      wait({ signal }).then(
        () => over.push(name),
        (error: unknown) => over.push(`${name}: ${String(error)}`),
      );
    },
    async advance(ms: number): Promise<void> {
      await turn();
      clock.advance(ms);
      await turn();
    },
  };
}

test("datapathSettled() has who calls together wait together, and who comes later for looks of its own at once", async () => {
  const { asked, over, call, advance, look, nudges } = world();
  call("a");
  call("b");
  await advance(20);
  call("c");
  await advance(20);
  assert.equal(asked.length, 2);
  await look(1);
  assert.deepEqual(over, [], "it may have begun before");
  await look(2);
  assert.deepEqual(over, ["c"]);
  await look(0);
  await look(3);
  assert.deepEqual(over, ["c", "a", "b"]);
  assert.equal(nudges(), 4, "each look is asked for as soon as somebody waits for its end");
});

test("datapathSettled() asks again while ovs-vswitchd is away, and goes by time where it does not tell", async () => {
  const refused = new OvsdbError({
    code: "rpc-error",
    method: "revalidator/wait",
    error: "can't wait on multiple udpifs.",
  });
  const { asked, over, call, advance } = world([new Error("ENOENT"), refused]);
  call("a");
  await advance(20);
  await advance(100); // it is asked again
  await advance(1_999);
  assert.deepEqual(over, []);
  await advance(1);
  assert.deepEqual(over, ["a"]);
  assert.equal(asked.length, 0);
});

test("datapathSettled() ends with its caller's signal", async () => {
  const { over, call, advance } = world();
  const impatient = new AbortController();
  call("a", impatient);
  await advance(20);
  impatient.abort(new Error("enough"));
  await turn();
  assert.deepEqual(over, ["a: Error: enough"]);
});
