import assert from "node:assert/strict";
import { test } from "node:test";
import { gateNames, type GateStates } from "@antrea/api";
import { type KeyedChange } from "@antrea/base";
import { manualClock } from "@antrea/base/testing";
import { type Flow, formatFlow } from "@antrea/openflow/flow";
import { policyComputation, type PolicyRecord } from "@antrea/policy";
import { encodeShareChange } from "@antrea/policy/controlplane";
import { planPolicies as planShares } from "@antrea/policy/plan";
import {
  arbitraryCluster,
  objectsOf,
  policyObject,
  searchAsync,
  tellChange,
} from "@antrea/policy/reference/testing";
import fc from "fast-check";
import { flowRealizer } from "../bridge/flow-realizer.ts";
import { noNodeGuard } from "../policy/node/node-guard.ts";
import { policyRoom } from "../policy/policy-room.ts";
import { planPolicies } from "./plan-policies.ts";
import { acceptedOf, appliedPolicies, followComputed, podsOn } from "./testing/followed-cluster.ts";
import { quietRoom } from "../policy/testing/quiet-room.ts";

const node = "n1";
const gates = Object.fromEntries(gateNames.map((name) => [name, true])) as GateStates;

/** A Node's policies on a table of flows. */
function roomOn(table: Map<string, Flow>) {
  return policyRoom({
    flows: flowRealizer({
      dumpFlows: async () => [...table.values()],
      async applyFlows({ add, modify, remove }: KeyedChange<string, Flow>) {
        for (const { key, value } of [...add, ...modify]) table.set(key, value);
        for (const { key } of remove) table.delete(key);
      },
    }),
    ...quietRoom(manualClock()),
    node: () => ({ families: ["ipv4", "ipv6"] }),
    guard: { ...noNodeGuard, async realize() {} },
  });
}

const texts = (flows: Iterable<Flow>): readonly string[] =>
  [...flows].map((flow) => formatFlow(flow)).sort();

test("planPolicies() foretells the flows that a Node has after the manifest is applied, flow by flow", async (t) => {
  let changed = 0;
  const property = fc.asyncProperty(
    arbitraryCluster,
    arbitraryCluster,
    fc.boolean(),
    async (cluster, other, isDelete) => {
      const policies: readonly PolicyRecord[] = other.policies;
      const table = new Map<string, Flow>();
      const room = roomOn(table);
      const computation = policyComputation();
      followComputed(computation, node, room.state);
      const pods = podsOn(node, cluster);
      for (const pod of pods) room.state.putPod(pod);
      computation.update((told) => tellChange(told, cluster));
      await room.settle();

      const { objects, nodes } = await planShares({
        cluster: objectsOf(cluster),
        manifest: { objects: policies.map(policyObject), isDelete, namespace: "" },
        gates,
      });
      const share = nodes.find((one) => one.node === node)?.change;
      const wanted = share && room.preview(share, pods).flows;
      const rows = share && planPolicies(room, encodeShareChange(share), pods).flows;
      const foretold = new Map(table);
      for (const { key, value } of [...(wanted?.add ?? []), ...(wanted?.modify ?? [])])
        foretold.set(key, value);
      for (const { key } of wanted?.remove ?? []) foretold.delete(key);
      assert.equal(
        rows?.length ?? 0,
        (wanted?.add.length ?? 0) + (wanted?.modify.length ?? 0) + (wanted?.remove.length ?? 0),
      );

      const accepted = acceptedOf(policies, objects);
      computation.update((told) => {
        if (isDelete) for (const policy of policies) told.removePolicy(policy);
        else
          for (const policy of appliedPolicies(cluster.policies, accepted)) told.setPolicy(policy);
      });
      await room.settle();
      assert.deepEqual(texts(foretold.values()), texts(table.values()));
      if (rows && rows.length > 0) changed++;
    },
  );
  await searchAsync(t, property, 60);
  t.diagnostic(`${changed} plans with flows`);
  assert.ok(changed > 0);
});

test("planPolicies() refuses what is no share", () => {
  const nothing = { put: [], removed: [] };
  const bad = {
    ...{ networkPolicies: { put: [{ metadata: {} }], removed: [] } },
    ...{ addressGroups: nothing, appliedToGroups: nothing },
  };
  assert.throws(() => planPolicies(roomOn(new Map()), bad, []), /metadata\.name/);
});
