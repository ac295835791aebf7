import type { FigureSample } from "./figures.ts";
import type { BenchOptions, Sample } from "./plan.ts";

/** All that one run of the benchmark found: the file `bench.json`. */
export interface BenchRun {
  /** Times as RFC 3339 has them. */
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly options: BenchOptions;
  readonly seed: number;
  readonly surroundings: Surroundings;
  readonly samples: readonly Sample[];
  /** What is measured beside the traffic. */
  readonly figures: readonly FigureSample[];
}

export interface Surroundings {
  readonly processors: number;
  readonly processor: string;
  readonly memoryBytes: number;
  readonly kernel: string;
  readonly openVSwitch: string;
  /** Processes that wanted to run, as uptime(1) says; more than a little says that the figures are disturbed. */
  readonly loadBefore: number;
  readonly loadAfter: number;
}

/** Above this load per processor at the start, others used the machine. */
const quietLoad = 0.75;

export function isDisturbed({ loadBefore, processors }: Surroundings): boolean {
  return loadBefore / processors > quietLoad;
}
