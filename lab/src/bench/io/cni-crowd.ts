import { writeFileSync } from "node:fs";
import { nodeFolders, nodePaths } from "../../cluster/node-programs.ts";
import { type Argv, run } from "../../io/command.ts";
import { inNamespaces } from "../../io/enter.ts";
import type { LabHost } from "../../io/lab.ts";
import { waitFor } from "../../io/wait.ts";
import type { NodePlan } from "../../plan/lab-plan.ts";
import { type CniCommand, pluginConfig, pluginEnv } from "../plugin-call.ts";
import type { FloorHost } from "./floor.ts";
import type { WhileOthersRest } from "./rest.ts";

export interface CniBench {
  readonly node: LabHost;
  readonly nodePlan: NodePlan;
  readonly floor: FloorHost;
  /** Address of a Pod of the same Node. */
  readonly neighbour: string;
  readonly folder: string;
  /** For what is timed. */
  readonly whileOthersRest: WhileOthersRest;
  readonly signal: AbortSignal;
}

/** A container that is not there yet, and its like on the floor. */
export interface Place {
  readonly container: string;
  /** A link of the floor that is no port. */
  readonly device: string;
}

/** Pods of the Node that do nothing, and as many ports of the floor's bridge. */
export interface Crowd extends AsyncDisposable {
  /** Makes them so many that the Node has `pods`, those of Kubernetes included. */
  become(pods: number): Promise<void>;
  /** Places for so many more of the crowd, whom the caller connects. */
  announce(count: number): Promise<readonly Place[]>;
}

/** Files on a Node, below /opt. */
export const cniFiles = {
  config: "bench-cni.json",
  names: "bench-cni-names",
  times: "bench-cni-times.json",
} as const;

/** How many calls are made at once where nobody looks at the time. */
const atOnce = 20;

/** The plugin for each line of the standard input, `count` of them at a time. */
export function pluginForEach(command: CniCommand, count: number): Argv {
  const env = Object.entries(pluginEnv(command, "@")).map(([key, value]) => `${key}=${value}`);
  const withConfig = ["/usr/lib/execline/bin/redirfd", "-r", "0", `/opt/${cniFiles.config}`];
  return forEachLine(count, [...withConfig, "env", ...env, `${nodePaths.cniBin}/antrea`]);
}

/** A program for each line of the standard input, which stands in the place of "@". */
export function forEachLine(count: number, argv: readonly string[]): Argv {
  return ["xargs", "-P", String(count), "-I@", ...argv];
}

/** Network namespaces on the Node for the plugin, and links on the floor for ovs-vsctl. */
export async function makePlaces(
  { node, floor, signal }: CniBench,
  places: readonly Place[],
): Promise<readonly Place[]> {
  await node.exec(["ip", "-batch", "-"], {
    input: lines(places.map(({ container }) => `netns add ${container}`)),
    signal,
  });
  await run(inNamespaces(floor, ["ip", "-batch", "-"]), {
    input: lines(
      places.flatMap(({ device }) => [
        `link add ${device} type veth peer name ${device}p`,
        `link set ${device} up`,
      ]),
    ),
    signal,
  });
  return places;
}

export async function removePlaces(
  { node, floor }: CniBench,
  places: readonly Place[],
): Promise<void> {
  await node.exec(["ip", "-batch", "-"], {
    input: lines(places.map(({ container }) => `netns delete ${container}`)),
  });
  await run(inNamespaces(floor, ["ip", "-batch", "-"]), {
    input: lines(places.map(({ device }) => `link delete ${device}`)),
  });
}

/** Its end takes the crowd off the Node and the floor. */
export async function crowdOf(bench: CniBench): Promise<Crowd> {
  const { node, nodePlan, floor, signal } = bench;
  writeFileSync(`${nodeFolders(nodePlan).opt}/${cniFiles.config}`, pluginConfig);
  const others = await podLinks(bench);
  let all: readonly Place[] = [];

  async function announce(count: number): Promise<readonly Place[]> {
    const more = Array.from({ length: count }, (_, i) => ({
      container: `bench-crowd-${all.length + i}`,
      device: `crowd${all.length + i}`,
    }));
    await makePlaces(bench, more);
    all = [...all, ...more];
    return more;
  }

  async function grow(count: number): Promise<void> {
    const more = await announce(count);
    const ports = more.flatMap(({ device }) => ["--", "add-port", "br-int", device]);
    await run(floor.vsctl(...ports.slice(1)), { signal });
    await call("ADD", more);
  }

  async function shrink(count: number): Promise<void> {
    const fewer = all.slice(all.length - count);
    const ports = fewer.flatMap(({ device }) => ["--", "--if-exists", "del-port", device]);
    await run(floor.vsctl(...ports.slice(1)));
    await call("DEL", fewer);
    await removePlaces(bench, fewer);
    all = all.slice(0, all.length - count);
    await waitFor(async () => ((await podLinks(bench)) <= others + all.length ? true : undefined), {
      what: "the links of the benchmark's Pods to be gone",
      timeoutMs: 20_000,
      remedy: "see why: the log of the Node's antrea-agent",
    });
  }

  async function call(command: CniCommand, places: readonly Place[]): Promise<void> {
    const input = lines(places.map(({ container }) => container));
    await node.exec(pluginForEach(command, atOnce), { input });
  }

  return {
    announce,
    async become(pods) {
      const more = Math.max(0, pods - others) - all.length;
      if (more > 0) await grow(more);
      if (more < 0) await shrink(-more);
    },
    async [Symbol.asyncDispose]() {
      if (all.length > 0) await shrink(all.length);
    },
  };
}

/** How many ends of Pods' links the Node has. */
async function podLinks({ node }: CniBench): Promise<number> {
  const links = await node.exec(["ip", "-br", "link", "show", "type", "veth"]);
  return links.split("\n").filter((line) => line !== "" && !line.startsWith("eth0")).length;
}

function lines(all: readonly string[]): string {
  return all.map((line) => `${line}\n`).join("");
}
