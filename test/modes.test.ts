import assert from "node:assert/strict";
import { test } from "node:test";
import type { Lab } from "@antrea/lab";
import {
  configureAgents,
  deletePods,
  eventually,
  inAgent,
  labForFile,
  ping,
  startPods,
} from "./support/cluster.ts";
import { needsUserspace } from "./support/datapath.ts";
import { configuration, switchTo } from "./support/mode-change.ts";
import { steadyPing } from "./support/steady-ping.ts";
import { stallOpenVSwitch } from "./support/stall.ts";

const lab = labForFile("modes", { mode: "hybrid", tunnel: "geneve", nodes: 3, subnets: 2 });

/** node-1 and node-2 share a subnet, node-3 is beyond the router. */
const pods = [
  { name: "here", node: "node-1" },
  { name: "here-too", node: "node-1" },
  { name: "near", node: "node-2" },
  { name: "far", node: "node-3" },
];
let addresses: ReadonlyMap<string, string> = new Map();
const address = (name: string): string =>
  addresses.get(name) ?? assert.fail(`${name} has an address`);

/** What carried an echo between two Pods on the fabric's links: tunnels seen, bare packets seen, nothing seen. */
async function carriers(l: Lab, from: string, to: string): Promise<readonly string[]> {
  const [a, b] = [address(from), address(to)];
  assert.equal(await ping(l, from, b), 3, `${from} reaches ${to}`);
  await using capture = await l.capture({
    filter: "icmp or udp port 6081 or udp port 4789 or proto gre",
  });
  assert.equal(await ping(l, from, b), 3, `${from} reaches ${to}`);
  const packets = await capture.stop();
  const seen = packets.flatMap(({ carrier, inner }) => {
    const ends: readonly string[] = inner ? [inner.source, inner.destination] : [];
    return ends.includes(a) && ends.includes(b) ? [carrier] : [];
  });
  return [...new Set(seen)].sort();
}

test("hybrid keeps a Node's own traffic off the wire, routes inside a subnet, tunnels across", async () => {
  addresses = await startPods(lab(), pods);
  assert.deepEqual(await carriers(lab(), "here", "here-too"), []);
  assert.deepEqual(await carriers(lab(), "here", "near"), ["bare"]);
  assert.deepEqual(await carriers(lab(), "here", "far"), ["geneve"]);
  assert.deepEqual(await carriers(lab(), "far", "near"), ["geneve"]);
});

test("a large packet of the Pod's MTU passes every path without fragments", async () => {
  for (const to of ["here-too", "near", "far"]) {
    assert.equal(await ping(lab(), "here", address(to), { sizeBytes: 1450 - 28 }), 3, to);
  }
});

test("ovs-ofctl shows a tunnel action for destinations that are tunnelled to, and none for direct ones", async () => {
  const flows = await inAgent(lab(), "node-1", "antrea-ovs", ["ovs-ofctl", "dump-flows", "br-int"]);
  const to = (name: string) => flows.split("\n").filter((line) => line.includes(address(name)));
  assert.ok(to("far").length > 0, "the guide's grep for the far Pod finds a flow");
  assert.ok(to("far").some((line) => /tun_id|set_tunnel/i.test(line)));
  assert.ok(to("near").length > 0, "the guide's grep for the near Pod finds a flow");
  assert.ok(!to("near").some((line) => /tun_id|set_tunnel/i.test(line)));
});

for (const [mode, tunnel, near, far] of [
  ["Encap", "vxlan", "vxlan", "vxlan"],
  ["encap", "gre", "gre", "gre"],
  ["ENCAP", "geneve", "geneve", "geneve"],
] as const) {
  test(`${mode} with ${tunnel} tunnels to every Node, with the Pods that were there before`, async () => {
    await configureAgents(lab(), configuration(mode, tunnel));
    assert.deepEqual(await carriers(lab(), "here", "near"), [near]);
    assert.deepEqual(await carriers(lab(), "here", "far"), [far]);
    assert.deepEqual(await carriers(lab(), "here", "here-too"), []);
  });
}

test("links of a Node that come and go lose no packet of its tunnels", async () => {
  const node = lab().node("node-1");
  const echoes = await steadyPing(lab(), "here", address("far"), { everyMs: 2 });
  for (let round = 0; round < 40; round++) {
    await node.exec(["ip", "link", "add", "come-and-go", "type", "veth", "peer", "name", "and-go"]);
    await node.exec(["ip", "link", "del", "come-and-go"]);
  }
  const { lost, account } = await echoes.stop();
  assert.deepEqual(lost, [], account);
});

const told = needsUserspace("toldTunnelRoutes");
test("a tunnel follows the host's route to its other end, there and back", told, async () => {
  const node = lab().node("node-1");
  const [end, router] = ["node-3", "node-2"].map((name) => lab().node(name).address);
  const routeTold = async (): Promise<string> =>
    (await inAgent(lab(), "node-1", "antrea-ovs", ["ovs-appctl", "ovs/route/show"]))
      .split("\n")
      .filter((line) => line.startsWith(`User: ${end}/32 `))
      .join();
  const before = await routeTold();
  assert.match(before, / dev eth0 GW /);
  await node.exec(["ip", "route", "add", `${end}/32`, "via", `${router}`]);
  await eventually("the tunnel goes by node-2", async () =>
    (await routeTold()).includes(` GW ${router} `),
  );
  assert.equal(await ping(lab(), "here", address("far")), 3);
  await node.exec(["ip", "route", "del", `${end}/32`]);
  await eventually(
    "the tunnel goes by the router again",
    async () => (await routeTold()) === before,
  );
  assert.equal(await ping(lab(), "here", address("far")), 3);
});

test("noEncap routes everywhere once the fabric knows the Pod CIDRs, and antctl says what is missing before", async () => {
  await configureAgents(lab(), configuration("noEncap", "geneve"));
  assert.deepEqual(await carriers(lab(), "here", "near"), ["bare"]);
  assert.equal(await ping(lab(), "here", address("far"), { count: 1 }), 0);
  const check = await inAgent(lab(), "node-1", "antrea-agent", [
    "sh",
    "-c",
    "antctl check routes || true",
  ]);
  const cidr = (
    await lab().kubectl(["get", "node", "node-3", "-o", "jsonpath={.spec.podCIDR}"])
  ).trim();
  assert.match(check, new RegExp(`${cidr.replaceAll(".", "\\.")}.*missing`));
  assert.match(check, /aws ec2 create-route/);
  assert.match(check, /gcloud compute routes create/);
  assert.match(check, /ip route (?:add|replace)/);
  for (const node of ["node-1", "node-2", "node-3"]) {
    const own = (
      await lab().kubectl(["get", "node", node, "-o", "jsonpath={.spec.podCIDR}"])
    ).trim();
    await lab().fabric.addRoute(own, node);
  }
  await eventually(
    "the far Pod answers without a tunnel",
    async () => (await ping(lab(), "here", address("far"), { count: 1 })) === 1,
  );
  assert.deepEqual(await carriers(lab(), "here", "far"), ["bare"]);
  const info = await inAgent(lab(), "node-1", "antrea-agent", [
    "antctl",
    "get",
    "agentinfo",
    "-o",
    "yaml",
  ]);
  assert.match(info, /^\s*trafficEncapMode: noEncap$/m);
});

test("a Pod started in noEncap has the whole MTU of the link", async () => {
  addresses = new Map([
    ...addresses,
    ...(await startPods(lab(), [{ name: "wide", node: "node-1" }])),
  ]);
  assert.equal(
    (await lab().kubectl(["exec", "wide", "--", "cat", "/sys/class/net/eth0/mtu"])).trim(),
    "1500",
  );
  await deletePods(lab(), "wide");
});

for (const mode of ["hybrid", "encap", "noEncap"]) {
  test(`to ${mode} the mode changes without a lost packet, inside a subnet and across`, async () => {
    const near = await steadyPing(lab(), "here", address("near"));
    const far = await steadyPing(lab(), "here", address("far"));
    await configureAgents(lab(), configuration(mode, "geneve"));
    for (const [name, one] of Object.entries({ near, far })) {
      const { lost, account } = await one.stop();
      assert.deepEqual(lost, [], `${name}: ${account}`);
    }
  });
}

test("the ConfigMap alone changes mode and tunnel of running Nodes, and no packet is lost", async (t) => {
  const agents = ["-n", "kube-system", "get", "pods", "-l", "component=antrea-agent"];
  const identities = async () =>
    (await lab().kubectl([...agents, "-o", "jsonpath={.items[*].metadata.uid}"])).trim();
  const before = await identities();
  const near = await steadyPing(lab(), "here", address("near"));
  const far = await steadyPing(lab(), "here", address("far"));
  for (const [mode, tunnel, toNear, toFar] of [
    ["encap", "vxlan", "vxlan", "vxlan"],
    ["hybrid", "geneve", "bare", "geneve"],
    ["encap", "gre", "gre", "gre"],
    ["noEncap", "geneve", "bare", "bare"],
    ["encap", "geneve", "geneve", "geneve"],
  ] as const) {
    const flows = await ownFlows();
    const plan = await planned(mode, tunnel);
    const tookMs = await switchTo(lab(), mode, tunnel);
    t.diagnostic(`${mode} with ${tunnel}: ${Math.round(tookMs)} ms`);
    assert.deepEqual(await ownFlows(), withChanges(flows, plan.flows), `${mode} ${tunnel}`);
    assert.deepEqual(await carriers(lab(), "here-too", "near"), [toNear], `${mode} ${tunnel}`);
    assert.deepEqual(await carriers(lab(), "here-too", "far"), [toFar], `${mode} ${tunnel}`);
  }
  for (const [name, one] of Object.entries({ near, far })) {
    const { lost, account } = await one.stop();
    t.diagnostic(`${name}: ${account}`);
    assert.deepEqual(lost, [], `${name}: ${account}`);
  }
  assert.equal(await identities(), before, "the agents are the same");
});

const waiting = needsUserspace("waitingPackets");
test(
  "what waits to be read by a switch that stands still for moments is taken in the form in which it was sent",
  waiting,
  async (t) => {
    const echoes = await steadyPing(lab(), "here", address("near"), { everyMs: 2 });
    {
      await using _slow = await stallOpenVSwitch(lab(), "node-2");
      for (const [mode, tunnel] of [
        ["encap", "vxlan"],
        ["hybrid", "geneve"],
        ["encap", "geneve"],
        ["noEncap", "geneve"],
        ["encap", "vxlan"],
        ["encap", "geneve"],
      ] as const)
        await switchTo(lab(), mode, tunnel);
    }
    const { lost, longestGapMs, account } = await echoes.stop();
    t.diagnostic(account);
    assert.ok(longestGapMs > 300, "the switch stood still");
    assert.deepEqual(lost, [], account);
  },
);

interface PlannedFlow {
  readonly change: "add" | "modify" | "remove";
  readonly flow: string;
}

/** What `antctl plan` says of node-1. */
async function planned(mode: string, tunnel: string): Promise<{ flows: PlannedFlow[] }> {
  const asked = ["--mode", mode, "--tunnel-type", tunnel, "-o", "json"];
  const [plan] = JSON.parse(
    await inAgent(lab(), "node-1", "antrea-agent", ["antctl", "plan", ...asked]),
  ) as { flows: PlannedFlow[] }[];
  return plan ?? assert.fail("node-1 has a plan");
}

/** The flows of node-1 that somebody asked for: not the bridge's own notes of destinations. */
async function ownFlows(): Promise<ReadonlyMap<string, string>> {
  const told = ["antctl", "get", "ovsflows", "-o", "json"];
  const found = JSON.parse(await inAgent(lab(), "node-1", "antrea-agent", told)) as
    | { flows: { flow: string; owner?: string }[] }
    | { flow: string; owner?: string }[];
  const rows = Array.isArray(found) ? found : found.flows;
  return sortedFlows(rows.filter(({ owner }) => owner).map(({ flow }) => flow));
}

function sortedFlows(flows: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    flows.map((flow) => [keyOfFlow(flow), flow] as const).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** Table, priority and match. */
const keyOfFlow = (flow: string): string => flow.split(" actions=")[0] ?? flow;

function withChanges(
  flows: ReadonlyMap<string, string>,
  changes: readonly PlannedFlow[],
): ReadonlyMap<string, string> {
  const after = new Map(flows);
  for (const { change, flow } of changes)
    if (change === "remove") assert.ok(after.delete(keyOfFlow(flow)), `there is no ${flow}`);
    else after.set(keyOfFlow(flow), flow);
  return sortedFlows([...after.values()]);
}
