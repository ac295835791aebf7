import { readFileSync, writeFileSync } from "node:fs";
import { errorText } from "@antrea/base";
import { nodeFolders, nodePaths } from "../../cluster/node-programs.ts";
import { run } from "../../io/command.ts";
import { inNamespaces } from "../../io/enter.ts";
import type { LabHost } from "../../io/lab.ts";
import type { NodePlan } from "../../plan/lab-plan.ts";
import { parseHyperfine } from "../output-of-tools.ts";
import { timedOnce } from "../time-program.ts";
import type { Sample } from "../plan.ts";
import type { FloorHost } from "./floor.ts";

/** As many Pods as the promise speaks of. */
const podCount = 10;

/** Files on a Node, below /opt. */
const files = { config: "bench-cni.json", times: "bench-cni-times.json" } as const;

const config = JSON.stringify({ cniVersion: "1.0.0", name: "antrea", type: "antrea" });

export interface CniBench {
  readonly node: LabHost;
  readonly nodePlan: NodePlan;
  readonly floor: FloorHost;
  readonly folder: string;
  readonly signal: AbortSignal;
}

type CniSample = Pick<Sample, "metric" | "subject" | "value" | "problem">;

/**
 * Ten containers are added one after another and deleted again, as a runtime does it: by running the
 * plugin on the Node. Between them, a port is added to and removed from the floor's bridge, by ovs-vsctl,
 * whose veth is there already.
 */
export async function measureCni(bench: CniBench, round: number): Promise<readonly CniSample[]> {
  const names = Array.from({ length: podCount }, (_, i) => `bench-cni-${round}-${i}`);
  await using _made = await makePlaces(bench, names);
  writeFileSync(`${nodeFolders(bench.nodePlan).opt}/${files.config}`, config);
  const samples: CniSample[] = [];
  const take = async (
    metric: "add" | "delete",
    subject: "ours" | "floor",
    timed: () => Promise<number>,
  ) => {
    try {
      samples.push({ metric, subject, value: await timed() });
    } catch (error) {
      if (bench.signal.aborted) throw error;
      samples.push({ metric, subject, value: undefined, problem: errorText(error) });
    }
  };
  for (const name of names) {
    await take("add", "ours", () => callPlugin(bench, "ADD", name));
    await take("add", "floor", () => callVsctl(bench, "add-port", name));
  }
  for (const name of names) {
    await take("delete", "ours", () => callPlugin(bench, "DEL", name));
    await take("delete", "floor", () => callVsctl(bench, "del-port", name));
  }
  return samples;
}

/** Namespaces on the Node for the plugin, and links on the floor for ovs-vsctl. */
async function makePlaces(
  { node, floor, signal }: CniBench,
  names: readonly string[],
): Promise<AsyncDisposable> {
  for (const [i, name] of names.entries()) {
    await node.exec(["ip", "netns", "add", name], { signal });
    await floor.ip("link", "add", `cni${i}`, "type", "veth", "peer", "name", `cni${i}p`);
    await floor.ip("link", "set", `cni${i}`, "up");
  }
  return {
    async [Symbol.asyncDispose]() {
      for (const [i, name] of names.entries()) {
        await node.attempt(["ip", "netns", "delete", name]);
        await floor.ip("link", "delete", `cni${i}`);
      }
    },
  };
}

/** Milliseconds from the start of the plugin to its end. */
async function callPlugin(
  { node, nodePlan, signal }: CniBench,
  command: "ADD" | "DEL",
  name: string,
): Promise<number> {
  const env = {
    CNI_COMMAND: command,
    CNI_CONTAINERID: name,
    CNI_NETNS: `/var/run/netns/${name}`,
    CNI_IFNAME: "eth0",
    CNI_PATH: nodePaths.cniBin,
    CNI_ARGS: `IgnoreUnknown=1;K8S_POD_NAMESPACE=bench;K8S_POD_NAME=${name};K8S_POD_INFRA_CONTAINER_ID=${name}`,
  };
  const timed = timedOnce([`${nodePaths.cniBin}/antrea`], {
    input: `/opt/${files.config}`,
    times: `/opt/${files.times}`,
  });
  await node.exec(timed, { env, signal });
  return parseHyperfine(readFileSync(`${nodeFolders(nodePlan).opt}/${files.times}`, "utf8"));
}

async function callVsctl(
  { floor, folder, signal }: CniBench,
  command: "add-port" | "del-port",
  name: string,
): Promise<number> {
  const device = `cni${name.slice(name.lastIndexOf("-") + 1)}`;
  const times = `${folder}/vsctl-times.json`;
  const vsctl = floor.vsctl(command, "br-int", device);
  await run(inNamespaces(floor, timedOnce(vsctl, { input: "/dev/null", times })), { signal });
  return parseHyperfine(readFileSync(times, "utf8"));
}
