import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildPlugin } from "../build.ts";
import { fakeAgent } from "../src/testing/fake-agent.ts";

/**
 * How long an ADD takes from spawn to exit when the agent answers at once, beside the floor: spawning
 * /bin/true. Rounds are interleaved, so that a noisy machine hits all alike; compare within one run.
 * `node packages/cni/bench/cni.ts [rounds]`
 */
const rounds = Number(process.argv[2] ?? 100);
const { plugin, reference } = await buildPlugin();
const dir = mkdtempSync(join(tmpdir(), "antrea-cni-bench-"));
const socketPath = join(dir, "cni.sock");
const config = JSON.stringify({
  cniVersion: "1.0.0",
  name: "antrea",
  type: "antrea",
  antrea: { socketPath },
});
const env = {
  CNI_COMMAND: "ADD",
  CNI_CONTAINERID: "c0ffee",
  CNI_NETNS: "/var/run/netns/x",
  CNI_IFNAME: "eth0",
};
const variants: Readonly<Record<string, readonly string[]>> = {
  "/bin/true (floor)": ["/bin/true"],
  "antrea (QuickJS)": [plugin],
  "reference (Node)": [process.execPath, reference],
};

async function timeOne([file = "", ...args]: readonly string[]): Promise<number> {
  const start = performance.now();
  const child = spawn(file, args, { env, stdio: ["pipe", "ignore", "inherit"] });
  child.stdin.on("error", () => {});
  child.stdin.end(config);
  await once(child, "close");
  if (child.exitCode !== 0) throw new Error(`${file} ended with ${child.exitCode}`);
  return performance.now() - start;
}

const times = new Map<string, number[]>(Object.keys(variants).map((name) => [name, []]));
{
  await using _agent = await fakeAgent(socketPath, () => ({ kind: "done", result: { dns: {} } }));
  for (let round = -3; round < rounds; round++) {
    for (const [name, command] of Object.entries(variants)) {
      const ms = await timeOne(command);
      if (round >= 0) times.get(name)?.push(ms);
    }
  }
}
rmSync(dir, { recursive: true });

process.stdout.write(`ADD, spawn to exit, ${rounds} interleaved rounds, milliseconds\n`);
for (const [name, list] of times) {
  const sorted = list.toSorted((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(1);
  process.stdout.write(`${name.padEnd(20)} min ${at(0)}  median ${at(0.5)}  p95 ${at(0.95)}\n`);
}
