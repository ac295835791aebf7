import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeNode } from "../testing/fake-agent.ts";
import { type FakeSetting, runAntctl } from "../testing/run-antctl.ts";

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
  const half = { phase: "Realizing", observedGeneration: 3, ...nodes, currentNodesRealized: 1 };
  const late = (state: object) =>
    runAntctl(
      { place: "outside", nodes: [], objects: { antreaClusterPolicies: [policy(state)] } },
      "wait policy deny --timeout 50ms",
    );
  assert.match((await late(half)).err, /s: 1 of 2 Nodes have confirmed generation 3 of deny\. /);
  assert.match((await late(older)).err, /s: antrea-controller has not taken generation 3 of deny/);
});

test("antctl wait policy asks controller and Nodes about policies without a status", async () => {
  const uid = "0c5f8f2e-1f0f-4d57-9a0a-f2f5a1b9d001"; // what fake agents have, at generation 3
  const wait = (generation: number, spans: FakeSetting["spans"]) =>
    runAntctl(
      {
        ...({ place: "outside", nodes: [fakeNode(1, 1), fakeNode(2, 1)] } as const),
        ...(spans && { spans }),
        objects: {
          networkPolicies: [{ metadata: { namespace: "shop", name: "web", uid, generation } }],
        },
      },
      "wait policy web -n shop -T K8sNP",
    );
  const told = [
    { generation: 2, nodes: ["node-1"] },
    { generation: 3, nodes: ["node-1", "node-2"] },
  ];
  assert.match((await wait(3, told)).out, /^web +3 +2 +2$/m);
  const { err } = await runAntctl(
    { place: "outside", nodes: [] },
    "wait policy x -n shop -T K8sNP",
  );
  assert.match(err, /There is no policy x of kind K8sNP in Namespace shop/);
});
