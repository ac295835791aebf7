import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { formatFlow } from "@antrea/openflow/flow";
import { startOvs } from "@antrea/openflow/testing";
import { tables } from "@antrea/pipeline";
import type { NetworkPolicy } from "@antrea/policy";
import { block, localPod, member, policy, rule } from "../testing/policies.ts";
import { agentOn } from "./testing/agent-on-switch.ts";

/** More priorities than OpenFlow has numbers, and many of them for one Pod. */

const address = (i: number): string => `10.${100 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`;

/** Drops what one address sends to one of so many Pods. */
function dropping(
  i: number,
  { priority, pods }: { priority: number; pods: number },
): NetworkPolicy {
  const peer = { addressGroups: [], ipBlocks: [block(`${address(i)}/32`)] };
  const appliedToGroups = [`targets-${i % pods}`];
  return policy({ uid: `p${i}`, priority, appliedToGroups, rules: [rule({ peer })] });
}

/** Brings policies to a switch; gives the priority at which each one's address stands there. */
async function realize(t: TestContext, pods: number, policies: readonly NetworkPolicy[]) {
  await using ovs = await startOvs();
  await ovs.addBridge("br0", ["p1"]);
  await ovs.ofctl("del-flows", "br0");
  const agent = await agentOn(ovs);
  for (let n = 0; n < pods; n++) {
    agent.state.putPod(localPod(`web-${n}`, n + 1, `10.244.${n >> 8}.${n & 255}`));
    agent.state.appliedToGroups.put({ name: `targets-${n}`, members: [member(`web-${n}`)] });
  }
  const { user, system } = process.cpuUsage();
  const startedMs = performance.now();
  agent.state.networkPolicies.replace(policies);
  await agent.room.settle();
  const tookMs = Math.round(performance.now() - startedMs);
  const used = process.cpuUsage();
  const cpuMs = Math.round((used.user + used.system - user - system) / 1000);
  t.diagnostic(
    `${policies.length} rules, ${agent.takeFlowMods()} flows: ${tookMs} ms, ${cpuMs} ms of the agent's CPU`,
  );
  const failures = [...agent.room.realizations.all()].flatMap(({ failure }) => failure ?? []);
  assert.deepEqual(failures.slice(0, 1), []);
  const priorities = new Map<string, number>();
  for (const flow of await agent.dumpFlows({})) {
    const source = /nw_src=([\d.]+)/.exec(formatFlow(flow))?.[1];
    if (flow.table === tables.AntreaPolicyIngressRule.id && source !== undefined)
      priorities.set(source, flow.priority);
  }
  agent.close();
  return { tookMs, of: (i: number) => priorities.get(address(i)) ?? assert.fail(`rule ${i}`) };
}

/** ovs-vswitchd goes through all flows of one match, whatever their priorities, for each that it adds: so many Pods keep these lists short. */
test("policyRoom() has 70,000 priorities on the switch, in order as far as there are numbers, and nothing that denies is lost", async (t) => {
  const [count, pods] = [70_000, 1_000];
  const policies = Array.from({ length: count }, (_, i) =>
    dropping(i, { priority: 1 + i / 8, pods }),
  );
  const { of } = await realize(t, pods, policies);
  const places = Array.from({ length: count }, (_, i) => of(i));
  const ordered = places.findIndex((place, i) => i > 0 && place >= (places[i - 1] ?? 0));
  t.diagnostic(`${ordered} in order`);
  assert.ok(ordered > 64_000);
  const lowest = places[ordered - 2] ?? 0; // the one after it is the first that has no number of its own
  assert.ok(places.slice(ordered).every((place) => place < lowest && place > 100));
});

test("policyRoom() has 10,000 rules at 4,000 priorities for one Pod", async (t) => {
  const policies = Array.from({ length: 10_000 }, (_, i) =>
    dropping(i, { priority: 1 + (i % 4_000), pods: 1 }),
  );
  const { of } = await realize(t, 1, policies);
  for (let i = 1; i < 4_000; i++) assert.ok(of(i) < of(i - 1));
  for (let i = 4_000; i < 10_000; i++) assert.equal(of(i), of(i - 4_000));
});
