import { copyFileSync } from "node:fs";
import { errorText } from "@antrea/base";
import { nodeFolders, nodePaths } from "../../cluster/node-programs.ts";
import { type Argv, run } from "../../io/command.ts";
import type { LabHost } from "../../io/lab.ts";
import type { NodePlan } from "../../plan/lab-plan.ts";
import { parseProbe } from "../output-of-probe.ts";
import type { Sample } from "../plan.ts";
import type { FloorHost } from "./floor.ts";

/** As many Pods as the promise speaks of. */
const podCount = 10;

/** Where the measuring tool lies on a Node, below /opt: what the machine has is not seen there. */
const probeName = "bench-probe";

const config = JSON.stringify({ cniVersion: "1.0.0", name: "antrea", type: "antrea" });

export interface CniBench {
  readonly node: LabHost;
  readonly nodePlan: NodePlan;
  readonly floor: FloorHost;
  readonly probe: string;
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
  copyFileSync(bench.probe, `${nodeFolders(bench.nodePlan).opt}/${probeName}`);
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
  { node, signal }: CniBench,
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
  const argv: Argv = [`/opt/${probeName}`, "time", `${nodePaths.cniBin}/antrea`];
  return milliseconds(await node.exec(argv, { env, input: config, signal }), `CNI ${command}`);
}

async function callVsctl(
  { floor, probe, signal }: CniBench,
  command: "add-port" | "del-port",
  name: string,
): Promise<number> {
  const device = `cni${name.slice(name.lastIndexOf("-") + 1)}`;
  // The namespace is entered first, so that only ovs-vsctl is timed.
  const [enter, ...vsctl] = splitAt(floor.vsctl(command, "br-int", device), "--");
  const argv: Argv = [...enter, probe, "time", ...vsctl.flat()] as unknown as Argv;
  return milliseconds(await run(argv, { signal }), `ovs-vsctl ${command}`);
}

/** The words up to and with `word`, and those behind it; the program by its full path. */
function splitAt(argv: Argv, word: string): readonly [readonly string[], readonly string[]] {
  const at = argv.indexOf(word);
  const [program = "", ...rest] = argv.slice(at + 1);
  return [argv.slice(0, at + 1), [`/usr/bin/${program}`, ...rest]];
}

function milliseconds(output: string, what: string): number {
  const { count, seconds } = parseProbe(output);
  if (count === 0) throw new Error(`${what} ended with an error`);
  return seconds * 1000;
}
