import assert from "node:assert/strict";
import { test } from "node:test";
import { agentPod, eventually, labForFile, ping, startPods } from "../support/cluster.ts";
import { agentLog } from "../support/node-state.ts";
import { echoIntervalMs, longestRun, steadyPing } from "../support/steady-ping.ts";

/** A Node's uplink gets another name while the agent runs, as by a udev rule that comes late. */
const lab = labForFile("uplink", { mode: "hybrid", nodes: 3, subnets: 2 });

const pods = [
  { name: "here", node: "node-1" },
  { name: "near", node: "node-1" },
  { name: "direct", node: "node-2" },
  { name: "tunnel", node: "node-3" },
];
let addresses: ReadonlyMap<string, string> = new Map();
const everyMs = 10;

/** Linux from 6.2 on renames links that are up. */
const rename = (from: string, to: string) =>
  lab().node("node-1").exec(["ip", "link", "set", "dev", from, "name", to]);

async function restarts(): Promise<number> {
  const path = 'jsonpath={.status.containerStatuses[?(@.name=="antrea-agent")].restartCount}';
  const pod = await agentPod(lab(), "node-1");
  return Number(await lab().kubectl(["-n", "kube-system", "get", "pod", pod, "-o", path]));
}

/** For how long echoes of node-1's Pod were not answered in one piece while something happens, in milliseconds; by Pod. */
async function outages(
  happening: () => Promise<unknown>,
): Promise<Readonly<Record<string, number>>> {
  const trains = await Promise.all(
    [...addresses]
      .filter(([name]) => name !== "here")
      .map(async ([name, address]) => ({
        name,
        address,
        echoes: await steadyPing(lab(), "here", address, { everyMs }),
      })),
  );
  await happening();
  const seen: [string, number][] = [];
  for (const { name, address, echoes } of trains) {
    await eventually(
      `${name} answers`,
      async () => (await ping(lab(), "here", address)) === 3,
      120_000,
    );
    seen.push([name, longestRun((await echoes.stop()).lost) * echoIntervalMs(everyMs)]);
  }
  return Object.fromEntries(seen);
}

/** Whether the bridge has this uplink, and the agent is ready beside it. */
async function uses(uplink: string): Promise<boolean> {
  const node = lab().node("node-1");
  const db = "unix:/var/run/antrea/openvswitch/db.sock";
  const ports = await node.exec(["ovs-vsctl", `--db=${db}`, "list-ports", "br-int"]);
  const ready = ["curl", "-sf", "--max-time", "2", "http://127.0.0.1:10349/readyz"] as const;
  return ports.split("\n").includes(uplink) && (await node.attempt(ready)).exitCode === 0;
}

async function report(what: string, before: number, seen: Readonly<Record<string, number>>) {
  const text = Object.entries(seen).map(([name, ms]) => `${name} ${ms} ms`);
  console.log(
    `${what}: without an answer ${text.join(", ")}; restarts ${before} → ${await restarts()}`,
  );
}

test("an uplink that gets its name back within a second is used on, and no Pod of the Node notices it among themselves", async () => {
  addresses = await startPods(lab(), pods);
  const before = await restarts();
  const seen = await outages(async () => {
    await rename("eth0", "uplink0");
    await rename("uplink0", "eth0");
    await eventually("the agent uses eth0", () => uses("eth0"));
  });
  await report("named back at once", before, seen);
  assert.equal(seen["near"], 0);
});

test("an uplink that keeps its new name is used by that name, and by the old one when it has it back", async () => {
  for (const [from, to] of [
    ["eth0", "uplink0"],
    ["uplink0", "eth0"],
  ] as const) {
    const before = await restarts();
    const began = performance.now();
    const seen = await outages(async () => {
      await rename(from, to);
      await eventually(`the agent uses ${to}`, () => uses(to), 120_000);
    });
    console.log(`used after ${Math.round(performance.now() - began)} ms`);
    await report(`${from} to ${to}`, before, seen);
    assert.equal(seen["near"], 0);
  }
  assert.match(await agentLog(lab(), "node-1"), /Found this Node/);
});
