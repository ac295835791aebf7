import assert from "node:assert/strict";
import { test } from "node:test";
import { attempt, parsePing, pingArgv } from "@antrea/lab";
import {
  agentPod,
  configureAgents,
  containerPid,
  deletePods,
  eventually,
  inAgent,
  inPod,
  labForFile,
  ping,
  podNetns,
  startPods,
} from "../support/cluster.ts";
import { dualStack } from "../support/dual-stack.ts";
import { differences, type Inventory, inventory, leakCounts } from "../support/node-inventory.ts";
import { agentLog, createNode, pathsOf, tracesOf } from "../support/node-state.ts";
import { addressOf, type CallEnd, type Container, pluginOn } from "../support/plugin-calls.ts";

/** A Node with too little of something, a fabric that fails, links that change: each with a count. */
const lab = labForFile("hardship", { mode: "hybrid", nodes: 3, subnets: 2, ipFamily: "dual" });
const { addressesOf } = dualStack(lab);
const say = (text: string): void => console.log(text);

/** node-1: here, near; node-2, same subnet: direct; node-3, another subnet: tunnel. */
const pods = [
  { name: "here", node: "node-1" },
  { name: "near", node: "node-1" },
  { name: "direct", node: "node-2" },
  { name: "tunnel", node: "node-3" },
] as const;
const others = ["near", "direct", "tunnel"] as const;

async function everybodyAnswers(): Promise<void> {
  for (const name of others)
    for (const address of await addressesOf(name))
      await eventually(
        `${name} answers at ${address}`,
        async () => (await ping(lab(), "here", address)) === 3,
        60_000,
      );
}

/** How often each Node's agent was started. */
async function restarts(): Promise<readonly string[]> {
  const path = "jsonpath={.items[*].status.containerStatuses[*].restartCount}";
  const selector = "component=antrea-agent";
  const argv = ["-n", "kube-system", "get", "pods", "-l", selector, "-o", path];
  return (await lab().kubectl(argv)).trim().split(" ");
}

const containersNamed = (prefix: string, count: number): readonly Container[] =>
  Array.from({ length: count }, (_, i) => ({
    id: `${prefix}-${i}`,
    netns: `${prefix}-${i}`,
    pod: { namespace: "default", name: `${prefix}-${i}` },
  }));

function summary(ends: readonly CallEnd[]): string {
  const kinds = ends.map((end) => (end.kind === "failed" ? `failed ${end.code}` : end.kind));
  const counts = Object.entries(Object.groupBy(kinds, (kind) => kind));
  return counts.map(([kind, all]) => `${kind} ${all?.length}`).join(", ");
}

/** Nothing on a Node but what was there before, once it has come to rest. */
async function nothingLeaks(nodeName: string, before: Inventory): Promise<void> {
  const node = lab().node(nodeName);
  let left: readonly string[] = [];
  await eventually(
    `${nodeName} is as it was before`,
    async () => (left = differences(before, await inventory(node))).length === 0,
    60_000,
  ).catch(() => {});
  say(`leaked on ${nodeName}: ${JSON.stringify(leakCounts(before, await inventory(node)))}`);
  assert.deepEqual(left, []);
}

test("UDP and echoes larger than the MTU arrive whole over IPv4 and IPv6, on one Node, direct and by tunnel", async () => {
  await startPods(lab(), pods);
  await everybodyAnswers();
  for (const name of others)
    for (const address of await addressesOf(name))
      for (const sizeBytes of [1473, 4000, 16_000]) {
        const received = await ping(lab(), "here", address, { sizeBytes, withinSeconds: 10 });
        say(`${sizeBytes} bytes to ${name} at ${address}: ${received} of 3`);
        assert.equal(received, 3, `${sizeBytes} bytes to ${name}`);
      }
});

test("a fabric of jumbo frames is used by Pods that start after the agents have seen it", async () => {
  const subnets = [...new Set(lab().plan.nodes.map(({ subnet }) => String(subnet)))];
  const config = await agentConfig();
  for (const subnet of subnets) await lab().fabric.setMtu(subnet, 9000);
  try {
    await configureAgents(lab(), config);
    const large = { direct: "node-2", tunnel: "node-3" };
    await startPods(lab(), [
      { name: "jumbo-here", node: "node-1" },
      ...Object.entries(large).map(([name, node]) => ({ name: `jumbo-${name}`, node })),
    ]);
    for (const name of Object.keys(large))
      for (const address of await addressesOf(`jumbo-${name}`)) {
        const whole = ["-M", "do", "-s", "8000"];
        const said = await inPod(lab(), "jumbo-here", ["ping", "-c", "3", ...whole, address]);
        assert.match(said, / 3 received/, `8000 bytes in one frame to ${name} at ${address}`);
      }
  } finally {
    await deletePods(lab(), "jumbo-here", "jumbo-direct", "jumbo-tunnel");
    for (const subnet of subnets) await lab().fabric.setMtu(subnet, 1500);
    await configureAgents(lab(), config);
  }
  await everybodyAnswers();
});

async function agentConfig(): Promise<string> {
  const path = "jsonpath={.data.antrea-agent\\.conf}";
  return lab().kubectl(["-n", "kube-system", "get", "configmap", "antrea-config", "-o", path]);
}

test("a fabric that loses 30 % leaves agents, Nodes and paths as they are, and check connectivity says the loss", async () => {
  const before = await restarts();
  const pathsBefore = await pathsOf(lab(), "node-1");
  await lab().fabric.setLoss("node-3", 30);
  try {
    const tunnel = (await addressesOf("tunnel"))[0];
    const received = await ping(lab(), "here", tunnel, {
      count: 100,
      everyMs: 50,
      withinSeconds: 15,
    });
    say(`${received} of 100 echoes answered`);
    assert.ok(received > 10 && received < 95, `${received} of 100`);
    const said = await inAgent(lab(), "node-1", "antrea-agent", [
      "sh",
      "-c",
      "antctl check connectivity --count 100 2>&1 || true",
    ]);
    say(said);
    assert.match(said, /node-3 .* \d+ of 100 echoes lost/);
    assert.match(said, /of them lose echoes/);
  } finally {
    await lab().fabric.setLoss("node-3", 0);
  }
  await everybodyAnswers();
  assert.deepEqual(await restarts(), before);
  const kindOf = (paths: typeof pathsBefore) =>
    [...paths].map(([name, { path }]) => [name, path.kind]);
  assert.deepEqual(kindOf(await pathsOf(lab(), "node-1")), kindOf(pathsBefore));
});

test("200 attachments at once, and 200 taken away at once, leave nothing", async () => {
  const node = lab().node("node-2");
  const plugin = pluginOn(node);
  const before = await inventory(node);
  const containers = containersNamed("crowd", 200);
  for (const { netns } of containers) await plugin.makeNetns(netns);
  const began = performance.now();
  const added = await Promise.all(containers.map((one) => plugin.add(one)));
  say(`200 ADD at once: ${summary(added)}, ${Math.round(performance.now() - began)} ms`);
  assert.ok(added.every(({ kind }) => kind === "done"));
  const addresses = added.map((end) => (end.kind === "done" ? addressOf(end.stdout) : ""));
  assert.equal(new Set(addresses).size, 200);
  const from = await podNetns(lab(), "node-1", { pod: "here", container: "here" });
  let answered = 0;
  for (const address of addresses) {
    const { stdout } = await attempt([
      "nsenter",
      `--net=${from}`,
      ...pingArgv(address, { count: 1 }),
    ]);
    answered += parsePing(stdout, 1).received;
  }
  say(`${answered} of 200 answer`);
  assert.equal(answered, 200);
  const removed = await Promise.all(containers.map((one) => plugin.del(one)));
  say(`200 DEL at once: ${summary(removed)}`);
  assert.ok(removed.every(({ kind }) => kind === "done"));
  for (const { netns } of containers) await plugin.removeNetns(netns);
  await nothingLeaks("node-2", before);
});

/** The agent's process on a Node, as this machine counts. */
async function agentPid(nodeName: string): Promise<string> {
  const pod = await agentPod(lab(), nodeName);
  return containerPid(lab(), nodeName, {
    namespace: "kube-system",
    pod,
    container: "antrea-agent",
  });
}

test("an agent at the limit of its file descriptors answers or refuses, loses no Pod, and works on when it has some", async () => {
  const node = lab().node("node-2");
  const plugin = pluginOn(node);
  const before = await inventory(node);
  const containers = containersNamed("scarce", 40);
  for (const { netns } of containers) await plugin.makeNetns(netns);
  const pid = await agentPid("node-2");
  const open = Number((await attempt(["sh", "-c", `ls /proc/${pid}/fd | wc -l`])).stdout);
  const limit = (count: string) => attempt(["prlimit", "--pid", pid, `--nofile=${count}`]);
  await limit(`${open + 2}:20000`);
  const added = await Promise.all(containers.map((one) => plugin.add(one)));
  say(`40 ADD at once with 2 file descriptors left of ${open + 2}: ${summary(added)}`);
  assert.ok(added.every(({ kind }) => kind !== "killed"));
  assert.equal(await ping(lab(), "here", (await addressesOf("direct"))[0]), 3);
  await limit("20000:20000");
  await eventually("the agent connects again", async () => {
    const [one] = containersNamed("plenty", 1);
    assert.ok(one);
    await plugin.makeNetns(one.netns);
    const end = await plugin.add(one);
    await plugin.del(one);
    await plugin.removeNetns(one.netns);
    return end.kind === "done";
  });
  const removed = await Promise.all(containers.map((one) => plugin.del(one)));
  assert.ok(
    removed.every(({ kind }) => kind === "done"),
    summary(removed),
  );
  for (const { netns } of containers) await plugin.removeNetns(netns);
  await nothingLeaks("node-2", before);
  await everybodyAnswers();
});

test("a full disk below /run (sockets, the switch's database, containerd's state): Pods go on, calls are answered, and all is well once there is room", async () => {
  const node = lab().node("node-2");
  const plugin = pluginOn(node);
  const before = await inventory(node);
  const usedKib = Number((await node.exec(["df", "--output=used", "/run"])).split("\n")[1]);
  const size = (kib: number) => node.exec(["mount", "-o", `remount,size=${kib}k`, "/run"]);
  await size(usedKib);
  const containers = containersNamed("cramped", 20);
  try {
    const isFull = await node.attempt(["sh", "-c", "head -c 100000 /dev/zero > /run/antrea/x"]);
    assert.notEqual(isFull.exitCode, 0, "there is no room");
    await node.attempt(["rm", "-f", "/run/antrea/x"]);
    assert.equal(await ping(lab(), "here", (await addressesOf("direct"))[0]), 3);
    // a namespace needs a file of no size, for which there is room
    for (const { netns } of containers) await plugin.makeNetns(netns);
    const added = await Promise.all(containers.map((one) => plugin.add(one)));
    say(`20 ADD at once on a full disk: ${summary(added)}`);
    const removed = await Promise.all(containers.map((one) => plugin.del(one)));
    say(`20 DEL at once on a full disk: ${summary(removed)}`);
    assert.ok([...added, ...removed].every(({ kind }) => kind !== "killed"));
  } finally {
    await size(12_000_000);
  }
  const removed = await Promise.all(containers.map((one) => plugin.del(one)));
  assert.ok(
    removed.every(({ kind }) => kind === "done"),
    summary(removed),
  );
  const [one] = containersNamed("roomy", 1);
  assert.ok(one);
  await plugin.makeNetns(one.netns);
  await eventually("Pods are connected again", async () => {
    const end = await plugin.add(one);
    await plugin.del(one);
    return end.kind === "done";
  });
  for (const { netns } of [...containers, one]) await plugin.removeNetns(netns);
  await nothingLeaks("node-2", before);
  await everybodyAnswers();
});

test("links that are renamed cut off what they carry and nothing else, and work again under their own name", async () => {
  const node = lab().node("node-2");
  const ports = (await inventory(node)).get("port") ?? new Set();
  const [address] = await addressesOf("direct");
  const port = [...ports].find((line) => line.includes(`${address},`) || line.endsWith(address));
  const podLink = port?.split(" ")[0] ?? assert.fail(`the port of ${address}`);
  const rename = (from: string, to: string) =>
    node.exec([
      "sh",
      "-c",
      `ip link set ${from} down && ip link set ${from} name ${to} && ip link set ${to} up`,
    ]);
  const before = await restarts();
  for (const link of [podLink, "antrea-gw0"]) {
    await rename(link, "renamed0");
    assert.equal(await ping(lab(), "here", (await addressesOf("tunnel"))[0]), 3, "others go on");
    await rename("renamed0", link);
    await everybodyAnswers();
  }
  say(`restarts ${before.join(" ")} before, ${(await restarts()).join(" ")} after`);
});

test("a Node's transport address that is replaced is followed by its agent and by its peers", async () => {
  const config = await agentConfig();
  const node = lab().node("node-2");
  const { address } = node;
  const other = address.replace(/\d+$/, "222");
  const router = (await node.exec(["ip", "-4", "route", "show", "default"])).split(" ")[2] ?? "";
  const replace = (from: string, to: string) =>
    node.exec([
      "sh",
      "-c",
      `ip addr del ${from}/24 dev eth0; ip addr add ${to}/24 dev eth0 && ip route replace default via ${router}`,
    ]);
  await configureAgents(
    lab(),
    config.replace(/transportInterface: ""/, 'transportInterface: "eth0"'),
  );
  await everybodyAnswers();
  const [target] = await addressesOf("direct");
  try {
    for (const [from, to] of [
      [address, other],
      [other, address],
    ] as const) {
      const began = performance.now();
      await replace(from, to);
      await eventually(
        "node-1 knows the new address",
        async () =>
          (await pathsOf(lab(), "node-1")).get("node-2")?.path.reason.includes(to) ?? false,
        120_000,
      );
      await eventually(
        "Pods of node-2 answer",
        async () => (await ping(lab(), "here", target)) === 3,
        60_000,
      );
      say(`${from} to ${to}: followed after ${Math.round(performance.now() - began)} ms`);
      await eventually(
        "nothing of the old address is left",
        async () => (await tracesOf(lab(), "node-1", [from])).length === 0,
      );
    }
    assert.match(
      await agentLog(lab(), "node-2").catch(() => ""),
      /transport interface of this Node changed|Found this Node/,
    );
  } finally {
    await configureAgents(lab(), config);
  }
  await everybodyAnswers();
});

test("Nodes with names of 63 and 253 characters, with dots, are peers like others", async () => {
  const label = "a".repeat(20);
  const names = [
    `${label}.${label}.${"b".repeat(21)}`,
    `${Array.from({ length: 12 }, () => label).join(".")}.z`,
  ];
  assert.deepEqual(
    names.map(({ length }) => length),
    [63, 253],
  );
  for (const [i, name] of names.entries())
    await createNode(lab(), {
      name,
      podCidr: `10.244.20${i}.0/24`,
      address: `172.30.1.9${i}`,
    });
  for (const [i, name] of names.entries()) {
    await eventually(
      `node-1 has a path to ${name}`,
      async () => (await pathsOf(lab(), "node-1")).get(name)?.path.kind === "direct",
    );
    assert.ok((await tracesOf(lab(), "node-1", [`10.244.20${i}.0/24`])).length > 0);
    await lab().kubectl(["delete", "node", name]);
    await eventually(
      `nothing of ${name} is left`,
      async () =>
        (await tracesOf(lab(), "node-1", [`10.244.20${i}.0/24`, `172.30.1.9${i}`])).length === 0,
    );
  }
});
