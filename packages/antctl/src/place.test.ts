import assert from "node:assert/strict";
import { test } from "node:test";
import { placeOf } from "./place.ts";

const nothing = { env: {}, namesCluster: false, exists: () => false };
const agentSocket = (path: string) => path.endsWith("/agent.sock");

test("placeOf() knows a Pod of ours by its name, also while its program is down", () => {
  assert.equal(placeOf({ ...nothing, env: { POD_NAME: "antrea-agent-x7z2k" } }), "agent");
  const controller = { POD_NAME: "antrea-controller-6c9d-x7z2k" };
  assert.equal(placeOf({ ...nothing, env: controller, exists: agentSocket }), "controller");
});

test("placeOf() knows a Node by the agent's socket, and anything else as outside", () => {
  assert.equal(placeOf({ ...nothing, exists: agentSocket }), "agent");
  assert.equal(
    placeOf({ ...nothing, exists: (path) => path.endsWith("/controller.sock") }),
    "controller",
  );
  assert.equal(placeOf(nothing), "outside");
  assert.equal(placeOf({ ...nothing, env: { POD_NAME: "shell-1" } }), "outside");
});

test("placeOf() lets a cluster that is named win", () => {
  assert.equal(placeOf({ ...nothing, namesCluster: true, exists: agentSocket }), "outside");
  assert.equal(placeOf({ ...nothing, env: { KUBECONFIG: "/x" }, exists: agentSocket }), "outside");
});
