import type { Progress, ProgressOptions } from "@antrea/command";
import type { Lab } from "../../io/lab.ts";
import { startLab } from "../../io/start-lab.ts";
import { takeDown } from "../../io/take-down.ts";
import { type LabRequest, resolveOptions } from "../../options.ts";
import { baseSetup, ordinary, type SetupName, setups } from "../plan.ts";
import { changeSetup } from "./product.ts";

/** What every benchmark is told. */
export interface BenchRequest {
  readonly labName: string;
  /** Of the order in which configurations are measured. */
  readonly seed: number;
  /** Whether the lab stays up afterwards. */
  readonly keep: boolean;
  /** That the two Nodes are in; one if it is left out. */
  readonly subnets?: number;
  readonly progress: (options: ProgressOptions) => Progress;
  readonly signal: AbortSignal;
}

/** Takes a lab down that is needed no more, unless it is to be kept. */
export type ReleaseLab = (lab: Lab) => Promise<void>;

/** Runs `body` on a lab in the configuration that others are compared with: see `withBenchLabs`. */
export function withBenchLab<T>(request: BenchRequest, body: (lab: Lab) => Promise<T>): Promise<T> {
  return withBenchLabs(request, [baseSetup], (labs) => body(labs.get(baseSetup) as Lab));
}

/**
 * Runs `body` on a lab of two Nodes for each configuration, all of them up at once and started for
 * it, and takes them down again.
 */
export async function withBenchLabs<T>(
  { labName, keep, subnets = 1, progress, signal }: BenchRequest,
  names: readonly SetupName[],
  body: (labs: ReadonlyMap<SetupName, Lab>, release: ReleaseLab) => Promise<T>,
): Promise<T> {
  const labs = new Map<SetupName, Lab>();
  /** Whose start was begun: one that fails or is stopped leaves what is up so far. */
  const begun = new Set<string>();
  const requests = names.map((setup) => {
    const name = names.length === 1 ? labName : `${labName}-${setups[setup].lab}`;
    return { setup, name, request: requestOf(setup, name, subnets) };
  });
  // refused now, and not after the first labs are up
  for (const { request } of requests) resolveOptions(request);
  try {
    for (const { setup, name, request } of requests) {
      begun.add(name);
      const lab = await startLab(request, { progress, signal });
      labs.set(setup, lab);
      const { uplinkPath, userspaceTSO } = setups[setup].settings;
      const isOrdinary =
        uplinkPath === ordinary.uplinkPath && userspaceTSO === ordinary.userspaceTSO;
      if (!isOrdinary) await changeSetup(lab, setup, signal);
    }
    return await body(labs, async ({ name }) => {
      if (keep) return;
      await takeDown(name);
      begun.delete(name);
    });
  } finally {
    if (!keep) for (const name of begun) await takeDown(name);
  }
}

function requestOf(setup: SetupName, name: string, subnets: number): LabRequest {
  const { trafficEncapMode: mode } = setups[setup].settings;
  return { name, nodes: 2, subnets, mode, tunnel: "geneve" };
}
