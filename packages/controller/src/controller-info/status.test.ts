import assert from "node:assert/strict";
import { test } from "node:test";
import { controllerInfo } from "./status.ts";

const facts = {
  identity: { nodeName: "node-1", podName: "antrea-controller-0", podNamespace: "kube-system" },
  ...{ apiPort: 10349, connectedAgents: 2, ipam: undefined, routes: undefined },
  wallTime: new Date("2026-11-28T12:00:00Z"),
};

test("controllerInfo() says how many policies and groups are computed, and none before", () => {
  const counts = {
    pods: 9,
    namespaces: 2,
    networkPolicies: 3,
    addressGroups: 5,
    appliedToGroups: 4,
  };
  const numbersOf = (policies: typeof counts | undefined) =>
    controllerInfo({ ...facts, policies }).networkPolicyControllerInfo;
  assert.deepEqual(numbersOf(counts), {
    networkPolicyNum: 3,
    addressGroupNum: 5,
    appliedToGroupNum: 4,
  });
  assert.deepEqual(numbersOf(undefined), {
    networkPolicyNum: 0,
    addressGroupNum: 0,
    appliedToGroupNum: 0,
  });
});
