import type { BenchRun } from "./bench-run.ts";
import { baseSetup, type Distance, type Sample, setupNames, setups } from "./plan.ts";
import { type Spread, spreadOf } from "./statistics.ts";

/** What it costs to move a gigabyte (10^9 bytes) from Pod to Pod in one TCP stream, in seconds of a processor. */
export interface CpuPerGb {
  readonly distance: Distance;
  readonly title: string;
  /** Of every ovs-vswitchd on the way. */
  readonly switches: Spread | undefined;
  /** Of the agents of these Nodes; undefined where there are none. */
  readonly agents: Spread | undefined;
}

/** For each configuration whose streams were measured, and for the floor. */
export function cpuPerGb({
  samples,
  options: { seconds },
}: Pick<BenchRun, "samples" | "options">): readonly CpuPerGb[] {
  const streams = samples.filter(({ metric, value }) => metric === "stream" && value);
  const row = (distance: Distance, title: string, mine: readonly Sample[]): readonly CpuPerGb[] => {
    const perGb = (cpu: (sample: Sample) => number | undefined) =>
      spreadOf(
        mine.flatMap((sample) => {
          const used = cpu(sample);
          return used === undefined ? [] : [used / gigabytes(sample, seconds)];
        }),
      );
    if (mine.length === 0) return [];
    return [
      {
        distance,
        title,
        switches: perGb(({ switchCpuSeconds }) => switchCpuSeconds),
        agents: perGb(({ agentCpuSeconds }) => agentCpuSeconds),
      },
    ];
  };
  return (["one Node", "two Nodes"] as const).flatMap((distance) => {
    const there = streams.filter((sample) => sample.distance === distance);
    const isOurs = ({ subject }: Sample) => subject === "ours";
    return [
      ...setupNames.flatMap((setup) =>
        row(
          distance,
          setups[setup].title,
          there.filter((sample) => isOurs(sample) && sample.setup === setup),
        ),
      ),
      ...row(
        distance,
        distance === "one Node" ? "bare OVS, NORMAL" : "bare OVS, Geneve",
        there.filter((sample) => !isOurs(sample) && sample.setup === baseSetup),
      ),
    ];
  });
}

/** That a stream moved in so many seconds, of 10^9 bytes; `value` is in Mbit/s. */
export function gigabytes({ value = 0 }: Pick<Sample, "value">, seconds: number): number {
  return (value * 1e6 * seconds) / 8 / 1e9;
}

/** "4.61 s" */
export function formatCpu(spread: Spread | undefined): string {
  return spread ? `${spread.median.toFixed(2)} s` : "";
}
