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
  const wait = datapathSettled(
    { control, backOff, clock, log: silentLogger },
    new AbortController().signal,
  );
  const over: string[] = [];
  return {
    asked,
    clock,
    over,
    /** The look that is under way is over. */
    async look(): Promise<void> {
      asked.at(-1)?.resolve("");
      await turn();
    },
    call(name: string, { signal } = new AbortController()): void {
      wait({ signal }).then(
        () => over.push(name),
        (error: unknown) => over.push(`${name}: ${String(error)}`),
      );
    },
    turn,
  };
}

test("datapathSettled() waits for two looks, and who comes meanwhile shares those that are left", async () => {
  const { asked, over, call, look } = world();
  call("a");
  call("b");
  await turn();
  assert.equal(asked.length, 1);
  await look();
  assert.deepEqual(over, [], "it may have begun before");
  call("c");
  await turn();
  await look();
  assert.deepEqual(over, ["a", "b"]);
  await look();
  assert.deepEqual(over, ["a", "b", "c"]);
  assert.equal(asked.length, 3, "nobody waits any more");
  call("d");
  await turn();
  assert.equal(asked.length, 4);
});

test("datapathSettled() asks again while ovs-vswitchd is away, and goes by time where it does not tell", async () => {
  const refused = new OvsdbError({
    code: "rpc-error",
    method: "revalidator/wait",
    error: "can't wait on multiple udpifs.",
  });
  const { asked, over, clock, call } = world([new Error("ENOENT"), refused, refused]);
  call("a");
  await turn();
  clock.advance(100); // it is asked again
  await turn();
  clock.advance(1_000);
  await turn();
  clock.advance(999);
  await turn();
  assert.deepEqual(over, []);
  clock.advance(1);
  await turn();
  assert.deepEqual(over, ["a"]);
  assert.equal(asked.length, 0);
});

test("datapathSettled() ends with its caller's signal", async () => {
  const { over, call } = world();
  const impatient = new AbortController();
  call("a", impatient);
  await turn();
  impatient.abort(new Error("enough"));
  await turn();
  assert.deepEqual(over, ["a: Error: enough"]);
});
