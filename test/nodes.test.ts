import assert from "node:assert/strict";
import { test } from "node:test";
import {
  agentPod,
  configureAgents,
  deletePods,
  eventually,
  inAgent,
  killContainer,
  labForFile,
  ping,
  podAddress,
  startPods,
} from "./support/cluster.ts";
import { datapath, datapathLine } from "./support/datapath.ts";
import {
  agentLog,
  createNode,
  nodeAsItIs,
  pathsOf,
  podCidrOf,
  recreateNode,
  tracesOf,
} from "./support/node-state.ts";
import { carriersOf } from "./support/path.ts";
import { addSecondLink, ipIn, secondLinkOf } from "./support/second-link.ts";
import { steadyPing } from "./support/steady-ping.ts";

/** Nodes that come, go, and say other things of themselves. node-1 and node-2 share a subnet. */
const lab = labForFile("nodes", { mode: "hybrid", nodes: 3, subnets: 2 });

const addresses = new Map<string, string>();
const address = (name: string): string =>
  addresses.get(name) ?? assert.fail(`${name} has an address`);
const pod = (name: string) => ({ name, address: address(name) });

async function start(name: string, node: string): Promise<void> {
  for (const [key, value] of await startPods(lab(), [{ name, node }])) addresses.set(key, value);
}

async function eventuallyReaches(from: string, to: string): Promise<void> {
  await eventually(
    `${from} reaches ${to}`,
    async () => (await ping(lab(), from, address(to), { count: 1 })) === 1,
  );
}

async function eventuallyNoTrace(node: string, words: readonly string[]): Promise<void> {
  let left: readonly string[] = [];
  await eventually(`nothing on ${node} names ${words.join(" or ")}`, async () => {
    left = await tracesOf(lab(), node, words);
    return left.length === 0;
  }).catch((error: unknown) => assert.fail(`${String(error)}\n${left.join("\n")}`));
}

/** With a peer that answers, the path is also in force: a ghost is waited for in vain. */
async function eventuallyPath(from: string, to: string, kind: string): Promise<string> {
  let reason = "";
  const isGhost = to === "ghost";
  await eventually(`${from} says that its path to ${to} is ${kind}`, async () => {
    const seen = (await pathsOf(lab(), from)).get(to);
    reason = seen?.path.reason ?? "";
    return seen?.path.kind === kind && (isGhost || !reason.includes("waiting for"));
  });
  return reason;
}

test("a Node that is removed leaves nothing on the others, and is reached again once it is added", async () => {
  await start("one", "node-1");
  await start("two", "node-2");
  await start("three", "node-3");
  assert.equal(await ping(lab(), "one", address("two")), 3);
  const gone = [await podCidrOf(lab(), "node-2"), lab().node("node-2").address, address("two")];
  for (const node of ["node-1", "node-3"])
    assert.ok((await tracesOf(lab(), node, gone)).length > 0, `${node} knows node-2`);

  await lab().kubectl(["delete", "node", "node-2"]);
  for (const node of ["node-1", "node-3"]) await eventuallyNoTrace(node, gone);
  await eventually("its AntreaAgentInfo is gone", async () => {
    const infos = await lab().kubectl(["get", "antreaagentinfos", "-o", "name"]);
    return !infos.includes("node-2");
  });

  await lab().restart("node-2/kubelet");
  await eventually(
    "node-2 has a Pod CIDR",
    async () => (await podCidrOf(lab(), "node-2").catch(() => "")) !== "",
  );
  await eventuallyPath("node-1", "node-2", "direct");
  await eventuallyPath("node-3", "node-2", "tunnel");
  await eventually("node-2 says the prefix of its link again", async () => {
    const path = "jsonpath={.metadata.annotations.node\\.antrea\\.io/transport-networks}";
    const said = await lab().kubectl(["get", "node", "node-2", "-o", path]);
    return said.trim() === `${lab().node("node-2").address}/24`;
  });
  await start("two-anew", "node-2");
  for (const from of ["one", "three"]) await eventuallyReaches(from, "two-anew");
  await eventuallyReaches("two-anew", "three");
});

test("a Pod CIDR that changes is followed by all Nodes, and nothing names the old one", async () => {
  const before = await podCidrOf(lab(), "node-3");
  assert.equal(await ping(lab(), "one", address("three")), 3);
  const old = [before, address("three"), before.replace(/\.0\/\d+$/, ".1")];
  await deletePods(lab(), "three");
  await recreateNode(lab(), "node-3", "10.244.77.0/24");
  for (const node of ["node-1", "node-2", "node-3"]) await eventuallyNoTrace(node, old);
  await start("three-anew", "node-3");
  assert.match(address("three-anew"), /^10\.244\.77\./);
  for (const from of ["one", "two-anew"]) await eventuallyReaches(from, "three-anew");
  await eventuallyReaches("three-anew", "one");
});

test("an address and a Pod CIDR that pass to a Node of another name are reached without a gap", async () => {
  const node = await nodeAsItIs(lab(), "node-3");
  await createNode(lab(), { ...node, name: "renamed" });
  await eventuallyPath("node-1", "renamed", "none");
  const echoes = await steadyPing(lab(), "one", address("three-anew"));
  await lab().kubectl(["delete", "node", "node-3"]);
  await eventuallyPath("node-1", "renamed", "tunnel");
  assert.deepEqual((await echoes.stop()).lost, []);
  assert.equal(await ping(lab(), "one", address("three-anew")), 3);
  assert.equal((await pathsOf(lab(), "node-1")).has("node-3"), false);

  await createNode(lab(), node);
  await lab().kubectl(["delete", "node", "renamed"]);
  await eventuallyPath("node-1", "node-3", "tunnel");
  assert.equal(await ping(lab(), "one", address("three-anew")), 3);
});

test("of two Nodes that claim one Pod CIDR, or part of it, the older keeps it, also over a restart", async () => {
  for (const [name, podCidr] of [
    ["a-thief", "10.244.77.0/24"],
    ["b-thief", "10.244.77.0/25"],
    ["c-thief", await podCidrOf(lab(), "node-1")],
  ] as const) {
    await createNode(lab(), { name, podCidr, address: "172.30.1.99" });
    const reason = await eventuallyPath("node-1", name, "none");
    assert.match(reason, /overlaps (?:10\.244\.77\.0\/24, which node-3 had first|ours)/);
    assert.equal(await ping(lab(), "one", address("three-anew")), 3);
  }
  const killed = await agentPod(lab(), "node-1");
  await killContainer(lab(), "node-1", killed, "antrea-agent");
  await eventually("the agent of node-1 answers again", async () =>
    (await pathsOf(lab(), "node-1").catch(() => new Map())).has("c-thief"),
  );
  assert.equal(await ping(lab(), "one", address("three-anew")), 3);
  await start("one-anew", "node-1");
  assert.equal(await ping(lab(), "one", address("one-anew")), 3);
  await lab().kubectl(["delete", "node", "a-thief", "b-thief", "c-thief"]);
});

test("a peer's transport address that changes subnet is followed, and a hostile one is refused and told", async () => {
  const annotate = (...pairs: readonly string[]) =>
    lab().kubectl(["annotate", "--overwrite", "node", "ghost", ...pairs]);
  const addressKey = "node.antrea.io/transport-addresses";
  const networksKey = "node.antrea.io/transport-networks";
  await createNode(lab(), { name: "ghost", podCidr: "10.244.200.0/24", address: "172.30.1.98" });
  await eventuallyPath("node-1", "ghost", "direct");
  await eventuallyPath("node-3", "ghost", "tunnel");
  assert.ok((await tracesOf(lab(), "node-1", ["172.30.1.98"])).length > 0);

  await annotate(`${addressKey}=172.30.2.98`, `${networksKey}=172.30.2.98/24`);
  await eventuallyPath("node-1", "ghost", "tunnel");
  await eventuallyPath("node-3", "ghost", "direct");
  for (const node of ["node-1", "node-2", "node-3"]) await eventuallyNoTrace(node, ["172.30.1.98"]);
  const flows = await tracesOf(lab(), "node-1", ["10.244.200.0/24"]);
  assert.ok(flows.some((flow) => /tun_dst|set_field:172\.30\.2\.98/.test(flow)));

  for (const hostile of ["172.30.2.98;reboot", "127.0.0.1", "224.0.0.1", "172.30.2.98/24", "x"]) {
    await annotate(`${addressKey}=${hostile}`);
    const reason = await eventuallyPath("node-1", "ghost", "direct");
    assert.match(reason, /172\.30\.1\.98/);
    assert.ok((await agentLog(lab(), "node-1")).includes(`says \\"${hostile}\\"`), hostile);
    await annotate(`${addressKey}=172.30.2.98`);
    await eventuallyPath("node-1", "ghost", "tunnel");
  }
  await annotate(`${networksKey}=172.30.2.98/0,x`);
  await eventually("the log tells of the networks", async () =>
    (await agentLog(lab(), "node-1")).includes(networksKey),
  );
  await lab().kubectl(["delete", "node", "ghost"]);
  for (const node of ["node-1", "node-2", "node-3"])
    await eventuallyNoTrace(node, ["172.30.2.98", "10.244.200.0/24"]);
});

const base = `trafficEncapMode: hybrid\ntunnelType: geneve\n${datapathLine}`;

test("transportInterface chooses the link between Nodes, and they share its subnet", async () => {
  await addSecondLink(lab());
  await configureAgents(lab(), `${base}transportInterface: eth1\n`);
  await eventuallyPath("node-1", "node-3", "direct");
  await eventuallyPath("node-3", "node-1", "direct");
  await eventuallyReaches("one", "three-anew");
  const to = address("three-anew");
  assert.deepEqual(
    await carriersOf(lab(), { from: pod("one"), to, device: secondLinkOf("node-1") }),
    ["bare"],
  );
  assert.deepEqual(await carriersOf(lab(), { from: pod("one"), to, device: "node-1" }), []);
  const said = await lab().kubectl([
    ...["get", "node", "node-1", "-o"],
    "jsonpath={.metadata.annotations.node\\.antrea\\.io/transport-addresses}",
  ]);
  assert.equal(said.trim(), "172.29.0.11");
});

test("with unequal masks both ends of a pair tunnel, over the link that transportInterfaceCIDRs chooses", async () => {
  const { plan, router } = lab();
  const ip = ipIn(lab());
  const fabric = plan.fabricNamespace;
  // node-3 thinks that all are its neighbours; for the others it lies behind a router
  await ip(fabric, "address", "add", "172.29.0.1/16", "dev", "extra");
  await router.exec(["ip", "netns", "exec", fabric, "sysctl", "-qw", "net.ipv4.ip_forward=1"]);
  for (const { name, link } of plan.nodes) {
    if (name === "node-3") {
      await ip(link.namespace, "address", "add", "172.29.1.13/16", "dev", "eth1");
      await ip(link.namespace, "address", "delete", "172.29.0.13/24", "dev", "eth1");
    } else await ip(link.namespace, "route", "add", "172.29.1.0/24", "via", "172.29.0.1");
  }
  await configureAgents(lab(), `${base}transportInterfaceCIDRs: ["172.29.0.0/16"]\n`);
  assert.match(await eventuallyPath("node-1", "node-3", "tunnel"), /unequal masks/);
  assert.match(await eventuallyPath("node-3", "node-1", "tunnel"), /unequal masks/);
  await eventuallyPath("node-1", "node-2", "direct");
  await eventuallyReaches("one", "three-anew");
  const to = address("three-anew");
  assert.deepEqual(
    await carriersOf(lab(), { from: pod("one"), to, device: secondLinkOf("node-1") }),
    ["geneve"],
  );
  assert.deepEqual(await carriersOf(lab(), { from: pod("one"), to, device: "node-1" }), []);
});

test("a configuration that chooses no interface again goes back to the Nodes' own addresses", async () => {
  await configureAgents(lab(), base);
  assert.match(await eventuallyPath("node-1", "node-3", "tunnel"), /172\.30\.2\.10\/24/);
  await eventuallyPath("node-1", "node-2", "direct");
  await eventuallyReaches("one", "three-anew");
  for (const name of ["node-1", "node-2"]) await eventuallyNoTrace(name, ["172.29.1.13"]);
  const annotations = await lab().kubectl(["get", "nodes", "-o", "yaml"]);
  assert.doesNotMatch(annotations, /transport-addresses/);
  assert.ok((await podAddress(lab(), "one")).length > 0);
  const ports = await inAgent(lab(), "node-1", "antrea-ovs", ["ovs-vsctl", "list-ports", "br-int"]);
  assert.equal(
    /^eth0$/m.test(ports),
    datapath === "netdev",
    "the userspace datapath shares the uplink",
  );
});
