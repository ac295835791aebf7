/** What differs measurably between two traffic modes, and what does not. */
import { formatCpu, gigabytes } from "./cpu-per-gb.ts";
import { type ComparedMode, comparedModes, type ModesRun } from "./modes.ts";
import { metrics, type Sample } from "./plan.ts";
import { type Spread, spreadOf } from "./statistics.ts";
import { formatValue } from "./summary.ts";

interface ModeFigureDefinition {
  readonly title: string;
  readonly unit: string;
  readonly better: "large" | "small";
  /** Whether a mode is chosen by it. */
  readonly isWeighed: boolean;
  readonly format: (spread: Spread) => string;
}

/** What is measured in depth, in this order, after the guide's own figure. */
export const depthMetrics = ["stream", "parallel", "requests", "connects"] as const;
export type DepthMetric = (typeof depthMetrics)[number];

const rate = (metric: DepthMetric, title: string = metrics[metric].title) =>
  ({
    title,
    unit: metrics[metric].unit,
    better: "large",
    isWeighed: true,
    format: ({ median }: Spread) => formatValue(metric, median),
  }) as const;
const processorTime = { unit: "s", better: "small", format: formatCpu } as const;

/** Every figure that modes are compared by. */
export const modeFigures = {
  guide: rate("stream", "iperf3 as in the guide"),
  stream: rate("stream"),
  parallel: rate("parallel"),
  requests: rate("requests"),
  connects: rate("connects"),
  switchCpu: { ...processorTime, title: "ovs-vswitchd for a GB", isWeighed: true },
  /** A few ticks of a hundredth of a second: told, and not weighed. */
  agentCpu: { ...processorTime, title: "agents for a GB", isWeighed: false },
} as const satisfies Readonly<Record<string, ModeFigureDefinition>>;
export type ModeFigure = keyof typeof modeFigures;
export const modeFigureNames = Object.keys(modeFigures) as readonly ModeFigure[];

/** One figure, in its unit. */
export interface FigureValue {
  readonly figure: ModeFigure;
  readonly mode: ComparedMode;
  readonly round: number;
  readonly value: number;
}

/** Everything that a run measured, in one list. */
export function figureValues({
  samples,
  depth,
  options: { figureSeconds },
}: Pick<ModesRun, "samples" | "depth" | "options">): readonly FigureValue[] {
  return [
    ...samples.flatMap(({ mode, round, result }): readonly FigureValue[] =>
      result ? [{ figure: "guide", mode, round, value: result.mbps }] : [],
    ),
    ...comparedModes.flatMap((mode) =>
      depth
        .filter(({ setup }) => setup === mode)
        .flatMap((sample) =>
          figuresOfSample(sample, figureSeconds).map((one) => ({
            ...one,
            mode,
            round: sample.round,
          })),
        ),
    ),
  ];
}

function figuresOfSample(
  sample: Sample,
  seconds: number,
): readonly Pick<FigureValue, "figure" | "value">[] {
  const { metric, value, switchCpuSeconds, agentCpuSeconds } = sample;
  const figure = depthMetrics.find((one) => one === metric);
  if (!figure || !value) return [];
  const perGb = (name: ModeFigure, used: number | undefined) =>
    metric === "stream" && used !== undefined
      ? [{ figure: name, value: used / gigabytes(sample, seconds) }]
      : [];
  return [
    { figure, value },
    ...perGb("switchCpu", switchCpuSeconds),
    ...perGb("agentCpu", agentCpuSeconds),
  ];
}

/** Of one figure in one mode; undefined if it was never measured. */
export function spreadOfFigure(
  values: readonly FigureValue[],
  figure: ModeFigure,
  mode: ComparedMode,
): Spread | undefined {
  return spreadOf(
    values.filter((one) => one.figure === figure && one.mode === mode).map(({ value }) => value),
  );
}

/**
 * `no difference`: less than is worth a thought. `rounds disagree`: more than that, but rounds differ
 * about which of the two is ahead, so that it may be chance.
 */
export type Difference =
  | "better"
  | "worse"
  | "no difference"
  | "rounds disagree"
  | "too few rounds"
  | "not measured";

export interface FigureComparison {
  readonly figure: ModeFigure;
  readonly mode: ComparedMode;
  readonly base: ComparedMode;
  /** Of the mode to the base, paired by round. */
  readonly ratio: Spread | undefined;
  readonly difference: Difference;
}

/** A mode against another one, figure by figure. */
export function compareModes(
  values: readonly FigureValue[],
  mode: ComparedMode,
  base: ComparedMode,
): readonly FigureComparison[] {
  return modeFigureNames.map((figure) => {
    const of = (wanted: ComparedMode) =>
      values.filter((one) => one.figure === figure && one.mode === wanted);
    const ratios = of(mode).flatMap(({ round, value }) => {
      const other = of(base).find((one) => one.round === round);
      return other && other.value > 0 ? [value / other.value] : [];
    });
    const isSmallBetter = modeFigures[figure].better === "small";
    return {
      ...{ figure, mode, base },
      ratio: spreadOf(ratios),
      difference: judgeRatios(isSmallBetter ? ratios.map((ratio) => 1 / ratio) : ratios),
    };
  });
}

/** Fewer rounds than these agree by chance too often: five coins fall alike in 1 of 16 throws, three in 1 of 4. */
export const roundsNeeded = 5;

/** A smaller difference is no reason to change anything. */
export const smallestDifference = 0.03;

/** How often chance alone may say "better", at most: what five rounds that all agree come to. */
const chance = 1 / 2 ** roundsNeeded;

/** `ratios` are above 1 where the mode is ahead. */
export function judgeRatios(ratios: readonly number[]): Difference {
  const median = spreadOf(ratios)?.median;
  if (median === undefined) return "not measured";
  if (ratios.length < roundsNeeded) return "too few rounds";
  if (median < 1 + smallestDifference && median > 1 / (1 + smallestDifference))
    return "no difference";
  const isAhead = median > 1;
  const agreeing = ratios.filter((ratio) => (isAhead ? ratio > 1 : ratio < 1)).length;
  if (chanceOfAgreeing(agreeing, ratios.length) > chance) return "rounds disagree";
  return isAhead ? "better" : "worse";
}

/** That of so many coins at least these fall heads: the sign test of one side. */
export function chanceOfAgreeing(agreeing: number, total: number): number {
  let ways = 1; // of choosing none
  let sum = agreeing === 0 ? 1 : 0;
  for (let chosen = 1; chosen <= total; chosen++) {
    ways = (ways * (total - chosen + 1)) / chosen;
    if (chosen >= agreeing) sum += ways;
  }
  return sum / 2 ** total;
}
