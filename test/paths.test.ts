import assert from "node:assert/strict";
import { test } from "node:test";
import type { PathRow } from "@antrea/api/local-api";
import type { Cidr } from "@antrea/net";
import {
  agentPod,
  eventually,
  inAgent,
  killContainer,
  labForFile,
  ping,
  setAgentConfig,
  startPods,
} from "./support/cluster.ts";
import { dualStack } from "./support/dual-stack.ts";
import { fabricFault } from "./support/fabric-filter.ts";
import { datapathLine } from "./support/datapath.ts";
import { agentLog } from "./support/node-state.ts";
import { steadyPing } from "./support/steady-ping.ts";

/** Direct paths that have to prove themselves: what they find, and what it costs when they fail. */
const lab = labForFile("paths", { mode: "auto", nodes: 3, subnets: 2, ipFamily: "dual" });
const { addressesOf, expectCarriers, podCidrsOf } = dualStack(lab);
const say = (text: string): void => console.log(text);

/** node-1 and node-2 share a subnet, node-3 is beyond the router. */
const pods = [
  { name: "here", node: "node-1" },
  { name: "near", node: "node-2" },
  { name: "far", node: "node-3" },
];

async function pathTo(node: string, from = "node-1"): Promise<PathRow> {
  const text = await inAgent(lab(), from, "antrea-agent", ["antctl", "get", "paths", "-o", "json"]);
  const rows = JSON.parse(text) as readonly PathRow[];
  return rows.find(({ name }) => name === node) ?? assert.fail(`${node} among ${text}`);
}

async function pathBecomes(node: string, path: PathRow["path"], reason: RegExp): Promise<PathRow> {
  let seen: PathRow | undefined;
  await eventually(
    `the path to ${node} is ${path}, because ${reason.source}`,
    async () => {
      seen = await pathTo(node);
      return seen.path === path && reason.test(seen.reason);
    },
    60_000,
  ).catch((error: unknown) => assert.fail(`${String(error)}; it is ${JSON.stringify(seen)}`));
  return seen ?? assert.fail();
}

/** Spoils the network under a hundred echoes a second and says how many were lost until the tunnel carried them. */
async function lostUntilTunnel(
  to: { readonly node: string; readonly address: string; readonly reason: RegExp },
  spoil: () => Promise<unknown>,
): Promise<number> {
  const steady = await steadyPing(lab(), "here", to.address, { everyMs: 10 });
  await spoil();
  await pathBecomes(to.node, "tunnel", to.reason);
  const { answered, lost, longestGapMs } = await steady.stop();
  say(
    `to ${to.node} at ${to.address}: ${answered} answered, ${lost.length} lost at 100 a second; longest gap ${longestGapMs} ms`,
  );
  assert.ok(longestGapMs > 0 && longestGapMs <= 3_000, `no answer for ${longestGapMs} ms`);
  return lost.length;
}

/** Waits for the direct path to be taken under load, and sees that this loses nothing. */
async function becomesDirect(node: string, address: string): Promise<void> {
  const steady = await steadyPing(lab(), "here", address, { everyMs: 10 });
  await pathBecomes(node, "direct", /proven/);
  await eventually(
    `${node} measures the same`,
    async () => (await pathTo("node-1", node)).path === "direct",
  );
  assert.deepEqual((await steady.stop()).lost, [], `the way to ${node} became direct`);
}

/** Each end measures for itself. */
async function otherEndFalls(): Promise<void> {
  await eventually(
    "the other end falls back too",
    async () => (await pathTo("node-1", "node-2")).path === "tunnel",
  );
}

const silent = /no answer over the direct path/;

test("auto reaches a neighbour directly once that is proven, and a Node beyond the router by a tunnel", async () => {
  await startPods(lab(), pods);
  const near = await pathBecomes("node-2", "direct", /proven by packets of \d+ bytes, both ways/);
  assert.equal(near.mtu, 1450);
  assert.ok(near.latencyMs !== undefined && near.since !== undefined, JSON.stringify(near));
  await pathBecomes("node-3", "tunnel", silent);
  await expectCarriers({ near: ["bare"], far: ["geneve"] });
});

test("an agent that starts anew goes on with the paths that were proven, and nothing is lost", async () => {
  const [address] = await addressesOf("near");
  const steady = await steadyPing(lab(), "here", address, { everyMs: 10 });
  const pod = await agentPod(lab(), "node-1");
  await killContainer(lab(), "node-1", pod, "antrea-agent");
  await eventually("the new agent has measured", async () => {
    const counts = "jsonpath={.status.containerStatuses[*].restartCount}";
    const get = ["-n", "kube-system", "get", "pod", pod, "-o", counts];
    if (!/[1-9]/.test(await lab().kubectl(get))) return false;
    const { latencyMs } = await pathTo("node-2").catch((): Partial<PathRow> => ({}));
    return latencyMs !== undefined;
  });
  const { lost } = await steady.stop();
  assert.deepEqual(lost, []);
  const log = await agentLog(lab(), "node-1");
  const chosen = log.split("\n").filter((line) => /Chose path to peer/.test(line));
  assert.match(chosen.join("\n"), /node-2.*direct|direct.*node-2/);
  assert.ok(
    !chosen.some((line) => /node-2/.test(line) && /"tunnel"/.test(line)),
    chosen.join("\n"),
  );
});

test("a path that loses everything one way is left within 3 s, and told", async () => {
  const [address] = await addressesOf("near");
  const [cidr] = await podCidrsOf("node-1");
  const match = `ether type ip ip saddr ${cidr}`;
  const start = () => fabricFault(lab(), { from: "node-1", to: "node-2", match });
  let fault: Awaited<ReturnType<typeof start>> | undefined;
  const lost = await lostUntilTunnel({ node: "node-2", address, reason: silent }, async () => {
    fault = await start();
  });
  assert.ok(lost <= 300, `${lost} lost`);
  await expectCarriers({ near: ["geneve"] });
  await otherEndFalls();
  const events = await lab().kubectl([
    "get",
    "events",
    "-A",
    "--field-selector",
    "reason=PathFellBack",
  ]);
  assert.match(events, /node-1|node-2/);
  const metrics = await inAgent(lab(), "node-1", "antrea-agent", [
    ...["curl", "-s", "127.0.0.1:10349/metrics"],
  ]).catch(() => "");
  if (metrics !== "") assert.match(metrics, /antrea_agent_path_fallbacks_total [1-9]/);

  await fault?.end();
  await becomesDirect("node-2", address);
});

test("a path that swallows packets larger than 1400 bytes is left, and its MTU is found", async () => {
  const [address] = await addressesOf("near");
  const fault = await fabricFault(lab(), {
    match: "ether type ip ip saddr 10.244.0.0/16 ip length > 1400",
  });
  try {
    const { mtu } = await pathBecomes("node-2", "tunnel", /carries 1400 bytes, and Pods send 1450/);
    assert.equal(mtu, 1400);
    await otherEndFalls(); // its answers, as large, are swallowed until then
    assert.equal(await ping(lab(), "here", address, { sizeBytes: 1450 - 28 }), 3);
  } finally {
    await fault.end();
  }
});

test("a Node beyond the router is reached directly while the fabric has routes, and 3 s after one is removed by the tunnel", async () => {
  const cidrs = new Map<string, readonly Cidr[]>();
  for (const node of ["node-1", "node-2", "node-3"]) {
    cidrs.set(node, await podCidrsOf(node));
    for (const cidr of await podCidrsOf(node)) await lab().fabric.addRoute(cidr, node);
  }
  const [ipv4] = await addressesOf("far");
  await becomesDirect("node-3", ipv4);
  assert.match((await pathTo("node-3")).reason, /different subnets.*proven/);
  await expectCarriers({ far: ["bare"] });
  const [route] = cidrs.get("node-3") ?? [];
  assert.ok(route);
  const lost = await lostUntilTunnel({ node: "node-3", address: ipv4, reason: silent }, () =>
    lab().fabric.removeRoute(route),
  );
  assert.ok(lost <= 300, `${lost} lost`);
  await expectCarriers({ far: ["geneve"] });
  await lab().fabric.addRoute(route, "node-3");
});

test("a path that fails for IPv6 alone is left for both IP families within 3 s", async () => {
  const [, ipv6] = await addressesOf("far");
  await becomesDirect("node-3", ipv6);
  const route = (await podCidrsOf("node-3"))[1];
  assert.ok(route);
  const lost = await lostUntilTunnel({ node: "node-3", address: ipv6, reason: silent }, () =>
    lab().fabric.removeRoute(route),
  );
  assert.ok(lost <= 300, `${lost} lost`);
  await expectCarriers({ far: ["geneve"] });
});

test("a running cluster goes from auto to hybrid without a lost packet, and nothing is measured there", async () => {
  const [address] = await addressesOf("near");
  const steady = await steadyPing(lab(), "here", address, { everyMs: 10 });
  await setAgentConfig(lab(), `trafficEncapMode: hybrid\ntunnelType: geneve\n${datapathLine}`);
  await pathBecomes("node-2", "direct", /^same subnet[^;]*$/);
  await eventually("nothing is measured", async () => (await pathTo("node-2")).mtu === undefined);
  assert.deepEqual((await steady.stop()).lost, []);
  await pathBecomes("node-3", "tunnel", /^different subnets[^;]*$/);
});
