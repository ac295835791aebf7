import type { BenchRun } from "../bench-run.ts";
import type { FigureSample } from "../figures.ts";
import type { Sample } from "../plan.ts";

/** A stream between two Nodes, in the first round, of ours by tunnel; a test says what is other. */
export function sample(more: Partial<Sample> = {}): Sample {
  return {
    round: 0,
    setup: "tunnel",
    distance: "two Nodes",
    metric: "stream",
    subject: "ours",
    value: 100,
    ...more,
  };
}

export function benchRun(
  samples: readonly Sample[],
  figures: readonly FigureSample[] = [],
): BenchRun {
  return {
    startedAt: "2026-11-23T10:00:00.000Z",
    finishedAt: "2026-11-23T10:10:00.000Z",
    options: { sections: ["modes"], rounds: 1, seconds: 1 },
    seed: 1,
    surroundings: {
      processors: 2,
      processor: "a <fast> one",
      memoryBytes: 2 ** 34,
      kernel: "6.18",
      openVSwitch: "3.1.0",
      loadBefore: 0.1,
      loadAfter: 2,
    },
    samples,
    figures,
  };
}
