import assert from "node:assert/strict";
import { test } from "node:test";
import { runAntctl } from "../testing/run-antctl.ts";

const policy = (status: object) => ({
  metadata: { name: "deny", generation: 3 },
  spec: { priority: 1 },
  status,
});
const waiting = (...objects: readonly object[]) =>
  runAntctl(
    { place: "outside", nodes: [], objects: { antreaClusterPolicies: objects } },
    "wait policy deny",
  );

test("antctl wait policy returns when every Node has its present state, and says why where one has not", async () => {
  const nodes = { currentNodesRealized: 2, desiredNodesRealized: 2 };
  const { out, code } = await waiting(
    policy({ phase: "Realized", observedGeneration: 3, ...nodes }),
  );
  assert.equal(code, 0);
  assert.match(out, /^deny +3 +2 +2$/m);
  const conditions = [{ type: "RealizationFailure", status: "True", message: "node-1: no room" }];
  assert.match((await waiting(policy({ phase: "Failed", conditions }))).err, /node-1: no room/);
  const why = [{ type: "EnforcedAsWritten", status: "False", message: "Nodes are not guarded" }];
  const unenforced = policy({ phase: "Pending", observedGeneration: 3, conditions: why });
  assert.match((await waiting(unenforced)).err, /for nobody: Nodes are not guarded/);
  assert.match((await waiting()).err, /There is no policy deny/);
});
