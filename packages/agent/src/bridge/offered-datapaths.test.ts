import assert from "node:assert/strict";
import { test } from "node:test";
import { manualClock } from "@antrea/base/testing";
import { OvsdbError } from "@antrea/ovsdb";
import { offeredDatapaths } from "./offered-datapaths.ts";

const { signal } = new AbortController();

function refusal(error: string): OvsdbError {
  return new OvsdbError({ code: "rpc-error", method: "dpctl/show", error });
}

test("offeredDatapaths() asks until ovs-vswitchd runs, and believes what it says of the kernel", async () => {
  for (const [said, offered] of [
    ["opening datapath system@antrea-probe failed (No such device)", ["system", "netdev"]],
    ["opening datapath system@antrea-probe failed (No such file or directory)", ["netdev"]],
  ] as const) {
    const clock = manualClock();
    const answers = [new Error("ENOENT"), refusal(said)];
    const asked = offeredDatapaths(
      { call: () => Promise.reject(answers.shift()), callAll: () => Promise.reject() },
      { clock, signal },
    );
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(1_000);
    assert.deepEqual([...(await asked)], offered);
  }
});
