import assert from "node:assert/strict";
import { test } from "node:test";
import { runAntctl } from "../testing/run-antctl.ts";

const policy = (status: object) => ({
  metadata: { name: "deny", generation: 3 },
  spec: { priority: 1 },
  status,
});
/** Each look finds the next of the states, and then the last. */
const waiting = (...states: readonly object[]) => {
  let looks = 0;
  const objects = {
    get antreaClusterPolicies() {
      const state = states[Math.min(looks++, states.length - 1)];
      return state ? [policy(state)] : [];
    },
  };
  return runAntctl({ place: "outside", nodes: [], objects }, "wait policy deny");
};

test("antctl wait policy returns when every Node has its present state, and says why where one has not", async () => {
  const nodes = { currentNodesRealized: 2, desiredNodesRealized: 2 };
  const done = { phase: "Realized", observedGeneration: 3, ...nodes };
  const { out, code } = await waiting(done);
  assert.equal(code, 0);
  assert.match(out, /^deny +3 +2 +2$/m);
  const conditions = [{ type: "RealizationFailure", status: "True", message: "node-1: no room" }];
  const failed = { phase: "Failed", conditions };
  assert.match((await waiting({ ...failed, observedGeneration: 3 })).err, /node-1: no room/);
  const older = { ...failed, observedGeneration: 2 };
  assert.equal((await waiting(older, done)).code, 0, "that was of the state before");
  const why = [{ type: "EnforcedAsWritten", status: "False", message: "Nodes are not guarded" }];
  const unenforced = { phase: "Pending", observedGeneration: 3, conditions: why };
  assert.match((await waiting(unenforced)).err, /for nobody: Nodes are not guarded/);
  assert.match((await waiting()).err, /There is no policy deny/);
});
