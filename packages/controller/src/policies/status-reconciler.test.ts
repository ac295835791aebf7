import assert from "node:assert/strict";
import { test } from "node:test";
import type { AntreaPolicyStatus } from "@antrea/api";
import { manualClock } from "@antrea/base/testing";
import type { NetworkPolicy } from "@antrea/policy";
import { storedObjects } from "../testing/stored-objects.ts";
import { statusReconciler } from "./status-reconciler.ts";
import type { PolicyProgress } from "./statuses.ts";

const long = "2020-01-01T00:00:00Z";
const before = {
  ...{ phase: "Failed", observedGeneration: 1, currentNodesRealized: 1, desiredNodesRealized: 2 },
  conditions: [
    {
      ...{ type: "RealizationFailure", status: "True", reason: "NetworkPolicyRealizationFailed" },
      ...{ message: "b: no room", lastTransitionTime: long },
    },
  ],
};
const failures = [{ nodeName: "b", message: "no room" }];

/** A leader that begins, a policy with a status of the last one's. */
function world(generation = 1) {
  const spec = { priority: 1, appliedTo: [{ podSelector: {} }] };
  const stored = storedObjects({
    ...{ metadata: { name: "deny", uid: "u", generation }, spec, status: before },
  });
  const source = { kind: "AntreaClusterNetworkPolicy", namespace: "", name: "deny", uid: "u" };
  const policy = {
    ...{ uid: "u", source, generation, appliedToGroups: ["g"], rules: [] },
  } as unknown as NetworkPolicy;
  let progress: PolicyProgress | undefined;
  const reconciler = statusReconciler({
    statuses: { progress: () => progress },
    problems: () => [],
    client: stored.client,
    clock: manualClock(Date.parse("2026-01-01T00:00:00Z")),
  });
  return {
    stored,
    async at(next: Omit<PolicyProgress, "policy" | "desiredNodes" | "waiting">, uid = "u") {
      progress = {
        policy: { ...policy, uid, source: { ...policy.source, uid } },
        ...next,
        desiredNodes: 2,
        waiting: [],
      };
      await reconciler.reconcile(uid, new AbortController().signal);
      return (stored.objects.get("deny") as { status?: AntreaPolicyStatus }).status;
    },
  };
}

test("statusReconciler() lets stand what another leader wrote until the Nodes have come, and its times beyond", async () => {
  const { stored, at } = world();
  const early = { currentNodes: 0, failures: [], isProvisional: true };
  assert.deepEqual(await at(early), before);
  assert.deepEqual(await at({ currentNodes: 1, failures, isProvisional: false }), before);
  assert.equal(stored.writes, 0, "nothing is other than it was");
  const message = "full";
  const changed = await at({
    ...{ currentNodes: 1, failures: [{ nodeName: "b", message }], isProvisional: false },
  });
  assert.deepEqual(
    changed?.conditions?.map((one) => [one.message, one.lastTransitionTime]),
    [["b: full", long]],
  );
  const realized = await at({ currentNodes: 2, failures: [], isProvisional: false });
  assert.deepEqual([realized?.phase, stored.writes], ["Realized", 2]);
});

test("statusReconciler() says at once how far a policy is that has changed since", async () => {
  const { at } = world(2);
  const now = await at({ currentNodes: 0, failures: [], isProvisional: true });
  assert.deepEqual([now?.phase, now?.observedGeneration], ["Realizing", 2]);
  const next = await at({ currentNodes: 1, failures: [], isProvisional: true });
  assert.equal(next?.currentNodesRealized, 1);
});

test("statusReconciler() writes nothing into another object of the same name", async () => {
  const { stored, at } = world();
  await at({ currentNodes: 2, failures: [], isProvisional: false }, "other");
  assert.equal(stored.writes, 0);
});
