import { mkdirSync } from "node:fs";
import { errorText } from "@antrea/base";
import type { Lab } from "../../io/lab.ts";
import { requireRecord } from "../../io/lab.ts";
import { depthMetrics } from "../mode-comparison.ts";
import type { ComparedMode } from "../modes.ts";
import { metrics, type Sample } from "../plan.ts";
import { namespaceObject } from "../product.ts";
import { children } from "./namespace.ts";
import { productSwitches, renewPods } from "./product.ts";
import { programProcess } from "./program-process.ts";
import { restsWithBreaks } from "./rest.ts";
import { measure, type Route, warmUp, warmUpSeconds } from "./traffic.ts";

/** Measures a lab in depth, in whatever mode it is. */
export interface DepthBench extends AsyncDisposable {
  /** One sample of each figure. */
  measure(
    mode: ComparedMode,
    round: number,
    note: (text: string) => void,
  ): Promise<readonly Sample[]>;
}

/** Seconds that a server takes beside its figure. */
const spareSeconds = 0.7;

/** How long all figures of one mode take. */
export function depthSeconds(seconds: number): number {
  return warmUpSeconds + depthMetrics.length * (seconds + spareSeconds);
}

export async function depthBench(
  lab: Lab,
  seconds: number,
  signal: AbortSignal,
): Promise<DepthBench> {
  const folder = `${lab.plan.stateFolder}/bench`; // `down` removes it with the lab
  mkdirSync(folder, { recursive: true });
  const kept = children(requireRecord(lab.name).get().id);
  const tools = { folder, children: kept, seconds, signal };
  const whileOthersRest = restsWithBreaks([lab], signal);
  await lab.apply([namespaceObject()], { signal });
  return {
    async measure(mode, round, note) {
      const common = { round, setup: mode, subject: "ours", distance: "two Nodes" } as const;
      const samples: Sample[] = [];
      try {
        note("in depth: make its Pods anew");
        const route = await routeBetweenNodes(lab, signal);
        await warmUp(route, tools);
        for (const metric of depthMetrics) {
          note(`in depth: ${metrics[metric].title}`);
          const measured = await whileOthersRest(() => measure(metric, route, tools));
          samples.push({ ...common, metric, ...measured });
        }
        return samples;
      } catch (error) {
        if (signal.aborted) throw error;
        const problem = errorText(error);
        const rest = depthMetrics.slice(samples.length);
        return [
          ...samples,
          ...rest.map((metric): Sample => ({ ...common, metric, value: undefined, problem })),
        ];
      }
    },
    [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose](),
  };
}

/** Pods have the MTU of the mode in force from birth; agents are those of the last restart. */
async function routeBetweenNodes(lab: Lab, signal: AbortSignal): Promise<Route> {
  const pods = await renewPods(lab, signal);
  return {
    from: pods["here-1"],
    to: pods["there-1"],
    switches: await productSwitches(lab, signal),
    agents: await Promise.all(
      lab.plan.nodes.map(({ cgroup }) => programProcess([cgroup], "antrea-agent", signal)),
    ),
  };
}
