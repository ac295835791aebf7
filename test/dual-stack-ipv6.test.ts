import assert from "node:assert/strict";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import {
  configureAgents,
  eventually,
  inAgent,
  inPod,
  labForFile,
  ping,
  startPods,
} from "./support/cluster.ts";
import { datapathLine, needsUserspace } from "./support/datapath.ts";
import { changeTo, configuration, switchTo } from "./support/mode-change.ts";
import { carriersOf } from "./support/path.ts";
import { addSecondLink, secondLinkOf } from "./support/second-link.ts";
import { steadyPing } from "./support/steady-ping.ts";

/** A cluster without IPv4: Nodes, Pods, Services, and what carries tunnels. */
const lab = labForFile("ipv6", { ipFamily: "ipv6", mode: "hybrid", nodes: 3, subnets: 2 });

const pods = [
  { name: "here", node: "node-1" },
  { name: "near", node: "node-2" },
  { name: "far", node: "node-3" },
];
let addresses: ReadonlyMap<string, string> = new Map();
const address = (name: string): string =>
  addresses.get(name) ?? assert.fail(`${name} has an address`);

/** Probes go by the bridge. */
const bridgeAlone = needsUserspace("sharedUplink");

async function expectCarriers(wanted: Readonly<Record<string, readonly string[]>>): Promise<void> {
  const from = { name: "here", address: address("here") };
  for (const [to, carriers] of Object.entries(wanted))
    assert.deepEqual(await carriersOf(lab(), { from, to: address(to) }), carriers, to);
}

test("hybrid routes inside a subnet and tunnels across, over IPv6 alone", async () => {
  addresses = await startPods(lab(), pods);
  await expectCarriers({ near: ["bare"], far: ["geneve"] });
});

test("tunnels leave room for the longer outer header", async () => {
  const mtu = Number(await inPod(lab(), "here", ["cat", "/sys/class/net/eth0/mtu"]));
  assert.equal(mtu, 1500 - 70);
  for (const to of ["near", "far"])
    assert.equal(await ping(lab(), "here", address(to), { sizeBytes: mtu - 48 }), 3, to);
});

test("the agent's Pod reaches the API server, and its peers, by IPv6", async () => {
  const said = await inAgent(lab(), "node-1", "antrea-agent", ["antctl", "check", "connectivity"]);
  assert.match(said, /node-2.*direct/);
  assert.match(said, /node-3.*tunnel/);
  assert.match(said, /All 2 ways work/);
});

for (const tunnel of ["vxlan", "gre", "geneve"])
  test(`encap tunnels over IPv6 with ${tunnel}`, async () => {
    await configureAgents(lab(), `trafficEncapMode: encap\ntunnelType: ${tunnel}\n${datapathLine}`);
    await expectCarriers({ near: [tunnel], far: [tunnel] });
  });

test("a live switch over IPv6 alone loses no packet, and restarts no agent", async () => {
  const echoes = await Promise.all(
    ["near", "far"].map((to) => steadyPing(lab(), "here", address(to))),
  );
  const before = await agentStarts();
  await switchTo(lab(), "hybrid", "vxlan");
  for (const one of echoes) assert.deepEqual((await one.stop()).lost, []);
  await expectCarriers({ near: ["bare"], far: ["vxlan"] });
  assert.equal(await agentStarts(), before);
});

/** Checks what carries echoes to this Pod over each link of node-1; where probes have to prove a path, in the end. */
async function expectOver(to: string, wanted: { eth0: string[]; eth1: string[] }): Promise<void> {
  const from = { name: "here", address: address("here") };
  const over = (device: string) => carriersOf(lab(), { from, to: address(to), device });
  let seen: unknown;
  await eventually(`echoes to ${to} go as meant`, async () => {
    seen = { eth0: await over("node-1"), eth1: await over(secondLinkOf("node-1")) };
    return isDeepStrictEqual(seen, wanted);
  }).catch(() => assert.deepEqual(seen, wanted, to));
}

/** Goes to `eth1` and back, all the while with echoes, of which none may be lost. */
async function changeLinkThereAndBack(config: string): Promise<void> {
  const echoes = await Promise.all(
    ["near", "far"].map((to) => steadyPing(lab(), "here", address(to))),
  );
  const before = await agentStarts();
  await changeTo(lab(), `${config}transportInterface: eth1\n`);
  for (const to of ["near", "far"]) await expectOver(to, { eth0: [], eth1: ["bare"] });
  await changeTo(lab(), config);
  await expectOver("near", { eth0: ["bare"], eth1: [] });
  await expectOver("far", { eth0: ["vxlan"], eth1: [] });
  for (const one of echoes) assert.deepEqual((await one.stop()).lost, []);
  assert.equal(await agentStarts(), before);
}

test("the link between Nodes changes over IPv6 alone, and no packet is lost", async () => {
  await addSecondLink(lab(), { hasIpv6: true });
  await changeLinkThereAndBack(configuration("hybrid", "vxlan"));
});

test(
  "the link changes in hybrid with measured paths, and no packet is lost",
  bridgeAlone,
  async () => {
    const config = `${configuration("hybrid", "vxlan")}pathSelection: measured\n`;
    await configureAgents(lab(), config);
    await changeLinkThereAndBack(config);
  },
);

/** When the agents' containers were started. */
function agentStarts(): Promise<string> {
  const started = "{.items[*].status.containerStatuses[*].state.running.startedAt}";
  return lab().kubectl([
    ...["-n", "kube-system", "get", "pods", "-l", "component=antrea-agent"],
    ...["-o", `jsonpath=${started}`],
  ]);
}
