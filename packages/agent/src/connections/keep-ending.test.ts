import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { silentLogger } from "@antrea/base";
import { manualClock } from "@antrea/base/testing";
import { policy } from "../testing/policies.ts";
import type { EndedConnections } from "./connection-ender.ts";
import { endingKeeper } from "./keep-ending.ts";
import { endingNote } from "./report-endings.ts";

const ended: EndedConnections = {
  lookedAt: 9,
  forbidden: [{ policy: policy(), direction: "In", action: "Drop", connections: 3 }],
  unguarded: 0,
};

function keeper(answers: (() => EndedConnections)[]) {
  const clock = manualClock();
  const asked: string[][] = [];
  const told: number[] = [];
  const state = { isWaiting: false };
  const one = endingKeeper({
    ender: {
      async end({ policies }) {
        asked.push([...(policies ?? [])].sort());
        return (answers.shift() ?? (() => ended))();
      },
    },
    isWanted: (uid) => uid !== "plain",
    isWhole: () => !state.isWaiting,
    onEnded: (forbidden) => told.push(forbidden.length),
    clock,
    log: silentLogger,
  });
  const stop = new AbortController();
  const running = one.run(stop.signal).catch(() => {});
  const pass = async (ms: number): Promise<void> => {
    await turn();
    clock.advance(ms);
    await turn();
  };
  const end = async (): Promise<void> => {
    stop.abort();
    await running;
  };
  return { one, pass, asked, told, state, end };
}

test("endingKeeper() ends once for what comes into force together, and rests before the next", async () => {
  const { one, pass, asked, told, end } = keeper([]);
  for (const uid of ["p1", "p2", "plain", "p1"]) one.inForce(uid);
  await pass(50);
  assert.deepEqual(asked, [["p1", "p2"]]);
  one.inForce("p3");
  await pass(4_000);
  assert.equal(asked.length, 1);
  await pass(1_000);
  await pass(50);
  assert.deepEqual(asked[1], ["p3"]);
  assert.deepEqual(told, [1, 1]);
  await end();
});

test("endingKeeper() ends nothing while another policy is not in force as it is wanted", async () => {
  const { one, pass, asked, state, end } = keeper([]);
  state.isWaiting = true;
  one.inForce("p1");
  await pass(50);
  assert.deepEqual(asked, []);
  state.isWaiting = false;
  await pass(5_000);
  await pass(50);
  assert.deepEqual(asked, [["p1"]]);
  await end();
});

test("endingKeeper() comes back to what failed", async () => {
  const fails = (): EndedConnections => {
    throw new Error("the switch is away");
  };
  const { one, pass, asked, told, end } = keeper([fails]);
  one.inForce("p1");
  await pass(50);
  await pass(5_000);
  await pass(50);
  assert.deepEqual(asked, [["p1"], ["p1"]]);
  assert.deepEqual(told, [1]);
  await end();
});

test("endingNote() says how many by which policy", () => {
  const { message } = endingNote({ name: "node-1", uid: "u" }, ended.forbidden);
  assert.match(message, /: 3 by AntreaClusterNetworkPolicy:policy-p1$/);
});
