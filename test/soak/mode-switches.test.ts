import assert from "node:assert/strict";
import { test } from "node:test";
import type { Lab } from "@antrea/lab";
import { eventually, labForFile } from "../support/cluster.ts";
import type { LoadReport } from "../support/load-main.ts";
import { switchTo } from "../support/mode-change.ts";
import { connectPods } from "../support/plugin-pods.ts";

/** A hundred changes of mode and tunnel under load, with forty Pods on four Nodes of two subnets. */
const lab = labForFile("switches", { mode: "encap", nodes: 4, subnets: 2 });
const switches = 100;
const nodes = ["node-1", "node-2", "node-3", "node-4"] as const;
const podsEach = 10;

/** From each to each: inside the first subnet, across, inside the second. */
const talks = [
  ["node-1", "many-1", "node-2", "many-1"],
  ["node-2", "many-2", "node-3", "many-1"],
  ["node-3", "many-2", "node-1", "many-2"],
  ["node-4", "many-1", "node-2", "many-3"],
] as const;

const program = new URL("../support/load-main.ts", import.meta.url).pathname;
const stopFile = "/run/load-is-over";

function inPod(l: Lab, node: string, pod: string, argv: readonly string[]): Promise<string> {
  const inNamespace = ["ip", "netns", "exec", pod, process.execPath, program, ...argv] as const;
  return l.node(node).exec(inNamespace);
}

async function addressOf(l: Lab, node: string, pod: string): Promise<string> {
  const shown = await l.node(node).exec(["ip", "-n", pod, "-4", "-o", "addr", "show", "eth0"]);
  return /inet (\S+)\//.exec(shown)?.[1] ?? assert.fail(`${pod} of ${node} has an address`);
}

const configurations = (["encap", "hybrid", "noEncap"] as const).flatMap((mode) =>
  (["geneve", "vxlan"] as const).map((tunnel) => ({ mode, tunnel })),
);

async function fabricKnowsPods(l: Lab): Promise<void> {
  for (const node of nodes) {
    const own = await l.kubectl(["get", "node", node, "-o", "jsonpath={.spec.podCIDR}"]);
    await l.fabric.addRoute(own.trim(), node);
  }
}

async function isServing(l: Lab, node: string, pod: string, address: string): Promise<boolean> {
  const asks = ["ip", "netns", "exec", pod, "curl", "-s", "-m", "1", "-o", "/dev/null"];
  const url = `http://${address}:7003/`;
  // an endless answer ends by the time limit, which is curl's code 28
  return l
    .node(node)
    .exec(["sh", "-c", `${asks.join(" ")} ${url}; [ $? = 28 ]`])
    .then(
      () => true,
      () => false,
    );
}

test("a hundred live switches of mode and tunnel break no connection and lose no datagram", async (t) => {
  const l = lab();
  await fabricKnowsPods(l);
  for (const node of nodes) await connectPods(l, node, podsEach);
  const servers = talks.map(([, , node, pod]) => inPod(l, node, pod, ["serve", stopFile]));
  for (const one of servers) one.catch(() => {}); // told below
  const senders = [];
  for (const [node, pod, to, toPod] of talks) {
    const address = await addressOf(l, to, toPod);
    await eventually(`${toPod} of ${to} serves`, () => isServing(l, node, pod, address));
    senders.push(inPod(l, node, pod, ["send", stopFile, "1000", "10", address]));
  }
  for (const one of senders) one.catch(() => {});

  const times: number[] = [];
  for (let i = 0; i < switches; i++) {
    const { mode, tunnel } = configurations[(i * 5 + 1) % configurations.length] ?? assert.fail();
    times.push(await switchTo(l, mode, tunnel));
    if (i % 10 === 9)
      t.diagnostic(`${i + 1} switches, the last in ${Math.round(times[i] ?? 0)} ms`);
  }
  for (const node of nodes) await l.node(node).exec(["touch", stopFile]);
  const reports = (await Promise.all(senders)).map(
    (said) => JSON.parse(said.split("\n").find((line) => line.startsWith("{")) ?? "") as LoadReport,
  );
  await Promise.all(servers);
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.floor((sorted.length - 1) * share)] ?? 0);
  t.diagnostic(`a switch: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms`);
  for (const [i, report] of reports.entries())
    t.diagnostic(`${talks[i]?.[0]} to ${talks[i]?.[2]}: ${JSON.stringify(report)}`);
  for (const { datagrams, connections, streams } of reports) {
    assert.ok(datagrams.sent > 10_000 && connections.answers > 1_000 && streams.bytes > 100_000);
    assert.deepEqual([connections.broken, streams.broken], [0, 0]);
    assert.equal(datagrams.lost, 0, `of ${datagrams.sent}`);
  }
  assert.ok(at(1) <= 10_000, `the longest switch took ${at(1)} ms`);
});
