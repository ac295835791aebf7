import { systemClock } from "@antrea/base/io";
import type { Lab } from "../../io/lab.ts";
import type { FigureName, FigureSample } from "../figures.ts";
import { connectPods } from "./plugin-pods.ts";
import { type ProgramProcess, programProcess, residentMb } from "./program-process.ts";
import { cpuSeconds, switchProcessIn } from "./switch-process.ts";

/** As many Pods as the promise speaks of. */
const podCount = 100;

/** Until what came with the Pods is over: the publisher's report, collected garbage. */
const settleMs = 15_000;

/** What the programs weigh and do when nothing happens. `seconds` is for how long they are watched. */
export async function measureFootprint(
  lab: Lab,
  seconds: number,
  signal: AbortSignal,
): Promise<readonly FigureSample[]> {
  const { agent, controller } = await programsOf(lab, signal);
  const [node] = lab.nodes;
  if (!node) throw new Error("the lab has a Node");
  await using _pods = await connectPods(node, podCount, signal);
  const vswitchd = switchProcessIn(node.namespaces.net);
  await systemClock.sleep(settleMs, { signal });
  const [agentCpu, controllerCpu] = await idlePercent([agent, controller], seconds, signal);
  return [
    one("agentRss100", residentMb(agent)),
    one("agentCpu100", agentCpu),
    one("switchRss100", vswitchd && residentMb(vswitchd)),
    one("controllerRss", residentMb(controller)),
    one("controllerCpu", controllerCpu),
  ];
}

/** The agent of the first Node, and the controller, on whichever Node it is. */
export async function programsOf(
  { plan }: Lab,
  signal: AbortSignal,
): Promise<{ readonly agent: ProgramProcess; readonly controller: ProgramProcess }> {
  const cgroups = plan.nodes.map(({ cgroup }) => cgroup);
  return {
    agent: await programProcess(cgroups.slice(0, 1), "antrea-agent", signal),
    controller: await programProcess(cgroups, "antrea-controller", signal),
  };
}

/** What share of a processor each uses, in percent. */
export async function idlePercent(
  processes: readonly ProgramProcess[],
  seconds: number,
  signal: AbortSignal,
): Promise<readonly number[]> {
  const before = processes.map(cpuSeconds);
  const startedMs = systemClock.now();
  await systemClock.sleep(seconds * 1000, { signal });
  const tookS = (systemClock.now() - startedMs) / 1000;
  return processes.map((one, i) => ((cpuSeconds(one) - (before[i] ?? 0)) / tookS) * 100);
}

export function one(figure: FigureName, value: number | undefined): FigureSample {
  return { figure, round: 0, value };
}
