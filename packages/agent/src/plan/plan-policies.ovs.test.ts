import assert from "node:assert/strict";
import { test } from "node:test";
import { gateNames, type GateStates } from "@antrea/api";
import { silentLogger } from "@antrea/base";
import { systemClock as clock } from "@antrea/base/io";
import { type Flow, flowKey, formatFlow } from "@antrea/openflow/flow";
import { startOvs } from "@antrea/openflow/testing";
import { tableNames } from "@antrea/pipeline";
import { policyComputation, type PolicyRecord } from "@antrea/policy";
import { encodeShareChange } from "@antrea/policy/controlplane";
import { planPolicies as planShares } from "@antrea/policy/plan";
import {
  arbitraryCluster,
  objectsOf,
  policyObject,
  searchAsync,
  tellChange,
  type ToldCluster,
} from "@antrea/policy/reference/testing";
import fc from "fast-check";
import { flowNews } from "../bridge/flow-news.ts";
import { flowRealizer } from "../bridge/flow-realizer.ts";
import { openSwitch } from "../bridge/io/open-switch.ts";
import { policyRoom } from "../policy/policy-room.ts";
import { planPolicies } from "./plan-policies.ts";
import { acceptedOf, appliedPolicies, followComputed, podsOn } from "./testing/followed-cluster.ts";
import { quietRoom } from "../policy/testing/quiet-room.ts";

const node = "n1";
const gates = Object.fromEntries(gateNames.map((name) => [name, true])) as GateStates;

/** A Node's policies on a real bridge that is empty before. */
async function roomOn(ovs: Awaited<ReturnType<typeof startOvs>>) {
  await ovs.ofctl("del-flows", "br0");
  const connection = await openSwitch({
    news: flowNews(),
    path: ovs.mgmtSocket("br0"),
    log: silentLogger,
    clock,
    signal: AbortSignal.timeout(5_000),
  });
  const flows = flowRealizer(connection);
  await flows.resync();
  const room = policyRoom({
    flows,
    ...quietRoom(clock),
    node: () => ({ families: ["ipv4", "ipv6"] }),
  });
  return {
    room,
    /** What the switch has, by its own words. */
    flows: async () =>
      new Map((await connection.dumpFlows({})).map((flow) => [flowKey(flow), flow])),
    [Symbol.dispose]: () => connection.close(),
  };
}

const text = (flow: Flow): string =>
  formatFlow(flow, { cookie: false, tableName: (id) => tableNames.get(id) });
const texts = (flows: ReadonlyMap<string, Flow>): readonly string[] =>
  Array.from(flows.values(), text).sort();

/** The cluster with these of its policies. */
function having(cluster: ToldCluster, policies: readonly PolicyRecord[]): ToldCluster {
  return { ...cluster, policies };
}

test("planPolicies() foretells what a real switch has once policies are made or deleted, flow by flow", async (t) => {
  await using ovs = await startOvs();
  await ovs.addBridge("br0", ["p1"]);
  let rowCount = 0;
  const numbers = fc.record({ isDelete: fc.boolean(), keep: fc.nat(3) });
  const property = fc.asyncProperty(
    arbitraryCluster,
    numbers,
    async (cluster, { isDelete, keep }) => {
      const all: readonly PolicyRecord[] = cluster.policies;
      const kept = all.filter((_, i) => i % 4 === keep);
      const manifest = all.filter((policy) => !kept.includes(policy));
      const atFirst = having(cluster, isDelete ? all : kept);

      using agent = await roomOn(ovs);
      const { room } = agent;
      const computation = policyComputation();
      followComputed(computation, node, room.state);
      const pods = podsOn(node, cluster);
      for (const pod of pods) room.state.putPod(pod);
      computation.update((told) => tellChange(told, atFirst));
      await room.settle();
      const before = await agent.flows();

      const { objects, nodes } = await planShares({
        cluster: objectsOf(atFirst),
        manifest: { objects: manifest.map(policyObject), isDelete, namespace: "" },
        gates,
      });
      const share = nodes.find((one) => one.node === node)?.change;
      const rows = share ? planPolicies(room, encodeShareChange(share), pods).flows : [];
      assert.deepEqual(texts(await agent.flows()), texts(before), "a plan changes nothing");

      const made = isDelete ? [] : appliedPolicies([], acceptedOf(manifest, objects));
      computation.update((told) => tellChange(told, having(cluster, [...kept, ...made]), atFirst));
      await room.settle();
      const now = await agent.flows();
      const changed = [...now].filter(([key, flow]) => {
        const was = before.get(key);
        return !was || text(was) !== text(flow);
      });
      const removed = [...before].filter(([key]) => !now.has(key));
      const planned = (...kinds: readonly string[]) =>
        rows.flatMap(({ change, flow }) => (kinds.includes(change) ? [flow] : [])).sort();
      assert.deepEqual(planned("add", "modify"), changed.map(([, flow]) => text(flow)).sort());
      assert.deepEqual(planned("remove"), removed.map(([, flow]) => text(flow)).sort());
      rowCount += rows.length;
    },
  );
  await searchAsync(t, property, 40);
  t.diagnostic(`${rowCount} flows foretold`);
  assert.ok(rowCount > 0);
});
