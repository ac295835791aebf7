import type { Progress, ProgressOptions } from "@antrea/command";
import type { Lab } from "../../io/lab.ts";
import { startLab } from "../../io/start-lab.ts";
import { ordinary, type SetupName, setups } from "../plan.ts";
import { changeSetup } from "./product.ts";

/** What every benchmark is told. */
export interface BenchRequest {
  readonly labName: string;
  /** Of the order in which configurations are measured. */
  readonly seed: number;
  /** Whether the lab stays up afterwards. */
  readonly keep: boolean;
  readonly progress: (options: ProgressOptions) => Progress;
  readonly signal: AbortSignal;
}

/** Runs `body` on a lab of two Nodes on one subnet that was started for it, and takes the lab down again. */
export async function withBenchLab<T>(
  { labName, keep, progress, signal }: BenchRequest,
  body: (lab: Lab) => Promise<T>,
): Promise<T> {
  const lab = await startBenchLab(labName, "encap", { progress, signal });
  try {
    return await body(lab);
  } finally {
    if (!keep) await lab.down();
  }
}

/** The same with a lab for each configuration, all of them up at once. */
export async function withBenchLabs<T>(
  { labName, keep, progress, signal }: BenchRequest,
  names: readonly SetupName[],
  body: (labs: ReadonlyMap<SetupName, Lab>) => Promise<T>,
): Promise<T> {
  const labs = new Map<SetupName, Lab>();
  try {
    for (const setup of names) {
      const { lab: ending, settings } = setups[setup];
      const { trafficEncapMode: mode, uplinkPath, userspaceTSO } = settings;
      const name = names.length === 1 ? labName : `${labName}-${ending}`;
      const lab = await startBenchLab(name, mode, { progress, signal });
      labs.set(setup, lab);
      const isOrdinary =
        uplinkPath === ordinary.uplinkPath && userspaceTSO === ordinary.userspaceTSO;
      if (!isOrdinary) await changeSetup(lab, setup, signal);
    }
    return await body(labs);
  } finally {
    if (!keep) for (const lab of labs.values()) await lab.down();
  }
}

function startBenchLab(
  name: string,
  mode: "encap" | "noEncap" | "hybrid",
  around: Pick<BenchRequest, "progress" | "signal">,
): Promise<Lab> {
  return startLab({ name, nodes: 2, subnets: 1, mode, tunnel: "geneve" }, around);
}
