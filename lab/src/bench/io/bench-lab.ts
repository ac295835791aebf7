import type { Progress, ProgressOptions } from "@antrea/command";
import type { Lab } from "../../io/lab.ts";
import { startLab } from "../../io/start-lab.ts";

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
  const lab = await startLab(
    { name: labName, nodes: 2, subnets: 1, mode: "encap", tunnel: "geneve" },
    { progress, signal },
  );
  try {
    return await body(lab);
  } finally {
    if (!keep) await lab.down();
  }
}
