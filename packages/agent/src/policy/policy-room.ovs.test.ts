import assert from "node:assert/strict";
import { test } from "node:test";
import type { IpAddress } from "@antrea/net";
import { startOvs } from "@antrea/openflow/testing";
import type { NetworkPolicy } from "@antrea/policy";
import { block, localPod, member, policy, rule } from "../testing/policies.ts";
import { agentOn } from "./testing/agent-on-switch.ts";

const { signal } = new AbortController();

const address = (i: number): string => `10.${100 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`;

/** Two thousand rules: two hundred policies of ten, on twenty Pods, with a hundred groups of peers. */
function manyRules({ state }: Awaited<ReturnType<typeof agentOn>>): void {
  for (let i = 0; i < 20; i++) state.putPod(localPod(`web-${i}`, i + 1));
  for (let i = 0; i < 20; i++)
    state.appliedToGroups.put({ name: `targets-${i}`, members: [member(`web-${i}`)] });
  for (let i = 0; i < 100; i++)
    state.addressGroups.put({
      name: `peers-${i}`,
      members: [0, 1, 2].map((j) => member(`peer-${i}-${j}`, [address(i * 3 + j)])),
    });
  state.networkPolicies.replace(Array.from({ length: 200 }, (_, i) => tenRules(i)));
}

function tenRules(i: number): NetworkPolicy {
  return policy({
    uid: `p${i}`,
    priority: 1 + i,
    appliedToGroups: [`targets-${i % 20}`],
    rules: Array.from({ length: 10 }, (_, j) =>
      rule({
        priority: j,
        peer: { addressGroups: [`peers-${(i + j) % 100}`], ipBlocks: [] },
        services: [{ protocol: "TCP", port: 1_000 + j }],
      }),
    ),
  });
}

test("policyRoom() has 2,000 rules on the switch, and a restarted one finds them and sends nothing", async (t) => {
  await using ovs = await startOvs();
  await ovs.addBridge("br0", ["p1"]);
  await ovs.ofctl("del-flows", "br0");
  const first = await agentOn(ovs);
  await first.flows.resync();
  const startedMs = performance.now();
  manyRules(first);
  const toldMs = performance.now();
  await first.room.settle();
  const tookMs = performance.now() - startedMs;
  t.diagnostic(
    `2,000 rules, ${first.takeFlowMods()} flows: joined in ${Math.round(toldMs - startedMs)} ms, on the switch after ${Math.round(tookMs)} ms`,
  );
  assert.ok([...first.room.realizations.all()].every(({ generation }) => generation === 1));
  first.close();

  const second = await agentOn(ovs);
  manyRules(second);
  await second.room.settle();
  const change = await second.flows.resync({ prune: true });
  assert.equal(second.takeFlowMods(), 0);
  assert.equal(change.remove.length, 0);
  second.close();
});

test("policyRoom() sends a constant number of flows where one network of 15,000 changes", async (t) => {
  await using ovs = await startOvs();
  await ovs.addBridge("br0", ["p1"]);
  await ovs.ofctl("del-flows", "br0");
  const agent = await agentOn(ovs);
  agent.state.putPod(localPod("web", 5));
  agent.state.appliedToGroups.put({ name: "targets", members: [member("web")] });
  const blocks = Array.from({ length: 15_000 }, (_, i) => block(`${address(i)}/32`));
  const with1 = (ipBlocks: readonly ReturnType<typeof block>[], generation: number) =>
    policy({
      generation,
      rules: [
        rule({
          peer: { addressGroups: [], ipBlocks },
          services: [{ protocol: "TCP", port: 80 }],
        }),
      ],
    });
  const startedMs = performance.now();
  agent.state.networkPolicies.put(with1(blocks, 1));
  await agent.room.settle();
  const tookMs = performance.now() - startedMs;
  const all = agent.takeFlowMods();
  const changedMs = performance.now();
  agent.state.networkPolicies.put(with1([...blocks.slice(1), block("192.0.2.0/24")], 2));
  await agent.room.settle();
  t.diagnostic(
    `15,000 networks, ${all} flows, after ${Math.round(tookMs)} ms; one changed after ${Math.round(performance.now() - changedMs)} ms`,
  );
  assert.equal(agent.takeFlowMods(), 2);
  assert.ok(all >= 15_000 && all <= 15_010, `${all} flows`);
  agent.close();
});

test("policyRoom() has a Pod's rules on the switch before it is admitted", async () => {
  await using ovs = await startOvs();
  await ovs.addBridge("br0", ["p1"]);
  await ovs.ofctl("del-flows", "br0");
  const agent = await agentOn(ovs);
  const stop = new AbortController();
  const running = agent.room.run(stop.signal);
  agent.state.appliedToGroups.put({ name: "targets", members: [member("web")] });
  agent.state.addressGroups.put({
    name: "peers",
    members: [{ ...member("bad"), ips: ["10.244.2.9" as IpAddress] }],
  });
  agent.state.networkPolicies.put(policy());
  assert.doesNotMatch(await ovs.ofctl("dump-flows", "br0"), /reg1=0x5\b/);
  await agent.room.admit(localPod("web", 5), { signal });
  assert.match(await ovs.ofctl("dump-flows", "br0"), /reg1=0x5\b/);
  await agent.room.dismiss("web-veth", { signal });
  assert.doesNotMatch(await ovs.ofctl("dump-flows", "br0"), /reg1=0x5\b/);
  stop.abort();
  await running;
  agent.close();
});
