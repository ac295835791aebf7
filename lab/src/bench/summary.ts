import { type CniPromise, cniPromises, formatLimit, isWithin, type Limit } from "./cni-figures.ts";
import {
  baseSetup,
  type Distance,
  isSearched,
  type Metric,
  metrics,
  type Sample,
  type SetupName,
  setups,
} from "./plan.ts";
import { quantile, type Spread, spreadOf } from "./statistics.ts";

/** One figure: of the product in one configuration, or of its floor. */
interface Figure {
  readonly setup: SetupName;
  readonly distance: Distance;
  readonly metric: Metric;
}

/** A ratio that the project promises, or reports. */
interface Comparison extends Figure {
  /** The floor measured with it, or the same figure of another setup. */
  readonly against: "floor" | SetupName;
  /** The smallest ratio that keeps the promise; undefined: for information. */
  readonly wanted?: number;
}

/** Our pipeline costs Pods of one Node at most 5 %; the tunnel, and what is direct, gains. */
const oneNode: readonly Comparison[] = (["stream", "requests", "connects"] as const).map(
  (metric) => ({ setup: "tunnel", distance: "one Node", metric, against: "floor", wanted: 0.95 }),
);
const twoNodes: readonly Comparison[] = [
  { setup: "tunnel", metric: "stream", against: "floor", wanted: 1.1 } as const,
  { setup: "tunnel", metric: "requests", against: "floor" } as const,
  { setup: "tunnel", metric: "connects", against: "floor" } as const,
  { setup: "hybrid", metric: "stream", against: "tunnel", wanted: 1.1 } as const,
  { setup: "hybrid", metric: "requests", against: "tunnel", wanted: 1 } as const,
  { setup: "hybrid", metric: "connects", against: "tunnel" } as const,
  { setup: "noEncap", metric: "stream", against: "tunnel", wanted: 1.1 } as const,
  { setup: "noEncap", metric: "requests", against: "tunnel", wanted: 1 } as const,
  { setup: "noEncap", metric: "connects", against: "tunnel" } as const,
  { setup: "kernelUplink", metric: "stream", against: "tunnel", wanted: 1.5 } as const,
  { setup: "kernelUplink", metric: "requests", against: "tunnel" } as const,
  { setup: "kernelUplink", metric: "connects", against: "tunnel" } as const,
  { setup: "tso", metric: "stream", against: "tunnel", wanted: 4 } as const,
  { setup: "tso", metric: "requests", against: "tunnel" } as const,
  { setup: "tso", metric: "connects", against: "tunnel" } as const,
].map((comparison) => ({ ...comparison, distance: "two Nodes" }));

/** Datagrams: at least what bare Open vSwitch carries, and the direct path never behind the tunnel. */
const datagrams: readonly Comparison[] = (["datagramsSmall", "datagramsFull"] as const).flatMap(
  (metric) => [
    { setup: "tunnel", distance: "one Node", metric, against: "floor", wanted: 0.95 } as const,
    { setup: "tunnel", distance: "two Nodes", metric, against: "floor", wanted: 0.95 } as const,
    { setup: "hybrid", distance: "two Nodes", metric, against: "tunnel", wanted: 1 } as const,
    { setup: "noEncap", distance: "two Nodes", metric, against: "tunnel", wanted: 1 } as const,
    { setup: "kernelUplink", distance: "two Nodes", metric, against: "tunnel" } as const,
    { setup: "tso", distance: "two Nodes", metric, against: "tunnel" } as const,
  ],
);

export type Verdict = "met" | "missed" | "unsure" | "for information" | "not measured";

export interface SummaryRow {
  readonly distance: Distance;
  readonly metric: Metric;
  readonly title: string;
  /** What the figure is compared with. */
  readonly base: string;
  readonly ours: Spread | undefined;
  readonly other: Spread | undefined;
  /** Of ours to the other, paired by round. */
  readonly ratio: Spread | undefined;
  /** The same of what a second of ovs-vswitchd's processor time carries: less disturbed by others. */
  readonly perCpu: Spread | undefined;
  /** In words: "≥ 1.1 ×", "≤ 30 ms". */
  readonly wanted: string | undefined;
  readonly verdict: Verdict;
  readonly problem: string | undefined;
}

/** Every promise that this run says something of. */
export function summarize(samples: readonly Sample[]): readonly SummaryRow[] {
  const measured = (row: Figure) => samples.some((sample) => isOf(sample, row));
  const traffic = [...oneNode, ...twoNodes, ...datagrams]
    .filter(measured)
    .map((c) => compare(samples, c));
  const cni = cniPromises.flatMap((promise) => cniRow(samples, promise) ?? []);
  return [...traffic, ...cni];
}

function compare(samples: readonly Sample[], comparison: Comparison): SummaryRow {
  const { setup, distance, metric, against, wanted } = comparison;
  const other: Figure = against === "floor" ? comparison : { ...comparison, setup: against };
  const otherSubject = against === "floor" ? "floor" : "ours";
  const ratios = (measureOf: MeasureOf) =>
    roundsOf(samples).flatMap((round) => {
      const at = (figure: Figure, subject: Sample["subject"]) =>
        inRound(samples, { figure, subject, round, measureOf });
      const mine = at(comparison, "ours");
      const theirs = at(other, otherSubject);
      return mine === undefined || theirs === undefined ? [] : [mine / theirs];
    });
  const ratio = spreadOf(ratios(valueOf));
  return {
    distance,
    metric,
    title: setups[setup].title,
    base: against === "floor" ? floorTitle(distance) : setups[against].title,
    ours: spreadOf(valuesOf(samples, comparison, "ours")),
    other: spreadOf(valuesOf(samples, other, otherSubject)),
    ratio,
    perCpu: spreadOf(ratios(workPerCpuSecond)),
    wanted: wanted === undefined ? undefined : `≥ ${wanted} ×`,
    verdict: judge(ratio, wanted),
    problem: problemOf(samples, comparison),
  };
}

/** A figure against a limit, with the floor beside it; undefined if nothing of it was tried. */
function cniRow(samples: readonly Sample[], promise: CniPromise): SummaryRow | undefined {
  const { metric, pods, quantile: share, limit } = promise;
  const tried = samples.filter((sample) => sample.metric === metric && sample.pods === pods);
  if (tried.length === 0) return undefined;
  const figure: Figure = { setup: baseSetup, distance: "one Node", metric };
  const of = (some: readonly Sample[], subject: Sample["subject"]): Spread | undefined => {
    const values = valuesOf(some, figure, subject);
    const spread = spreadOf(values);
    if (!spread || share === 0.5) return spread;
    return only(
      quantile(
        values.toSorted((a, b) => a - b),
        share,
      ),
      values.length,
    );
  };
  const ratioOf = (some: readonly Sample[]): readonly number[] => {
    const [mine, theirs] = [of(some, "ours"), of(some, "floor")];
    return mine && theirs ? [mine.median / theirs.median] : [];
  };
  const rounds = roundsOf(tried).map((round) => tried.filter((one) => one.round === round));
  const ours = of(tried, "ours");
  return {
    distance: figure.distance,
    metric,
    title: promise.title,
    base: promise.base,
    ours,
    other: of(tried, "floor"),
    // a tail is one of all rounds
    ratio: spreadOf(share === 0.5 ? rounds.flatMap(ratioOf) : ratioOf(tried)),
    perCpu: undefined,
    wanted: limit && formatLimit(limit, metrics[metric].unit),
    verdict: judgeLimit(ours, limit),
    problem: problemOf(tried, figure),
  };
}

function judgeLimit(ours: Spread | undefined, limit: Limit | undefined): Verdict {
  if (!ours) return "not measured";
  if (!limit) return "for information";
  if (isWithin(ours.median, limit)) return "met";
  return isWithin("atMost" in limit ? ours.low : ours.high, limit) ? "unsure" : "missed";
}

/** `unsure` where rounds disagree: the middle half of the ratios lies on both sides. */
export function judge(ratio: Spread | undefined, wanted: number | undefined): Verdict {
  if (!ratio) return "not measured";
  if (wanted === undefined) return "for information";
  if (ratio.median >= wanted) return "met";
  return ratio.high >= wanted ? "unsure" : "missed";
}

function floorTitle(distance: Distance): string {
  return distance === "one Node" ? "bare OVS, NORMAL" : "bare OVS, Geneve";
}

function only(value: number, count: number): Spread {
  return { median: value, low: value, high: value, count };
}

function isOf(sample: Sample, { setup, distance, metric }: Figure): boolean {
  return sample.setup === setup && sample.distance === distance && sample.metric === metric;
}

/** What of a sample is compared. */
type MeasureOf = (sample: Sample) => number | undefined;

const valueOf: MeasureOf = ({ value }) => value;

/** Up to a factor that both sides share: all samples of a metric take equally long. */
const workPerCpuSecond: MeasureOf = ({ metric, value, switchCpuSeconds }) =>
  value !== undefined && switchCpuSeconds && !isSearched(metric)
    ? value / switchCpuSeconds
    : undefined;

function valuesOf(
  samples: readonly Sample[],
  figure: Figure,
  subject: Sample["subject"],
  measureOf: MeasureOf = valueOf,
): readonly number[] {
  return samples
    .filter((sample) => sample.subject === subject && isOf(sample, figure))
    .flatMap((sample) => measureOf(sample) ?? []);
}

interface InRound {
  readonly figure: Figure;
  readonly subject: Sample["subject"];
  readonly round: number;
  readonly measureOf: MeasureOf;
}

function inRound(
  samples: readonly Sample[],
  { figure, subject, round, measureOf }: InRound,
): number | undefined {
  const there = samples.filter((sample) => sample.round === round);
  return spreadOf(valuesOf(there, figure, subject, measureOf))?.median;
}

function roundsOf(samples: readonly Sample[]): readonly number[] {
  return [...new Set(samples.map(({ round }) => round))];
}

function problemOf(samples: readonly Sample[], figure: Figure): string | undefined {
  return samples.find((sample) => sample.problem && isOf(sample, figure))?.problem;
}

/** "812", "1,290": with the unit of its metric. */
export function formatValue(metric: Metric, value: number): string {
  const digits = metrics[metric].unit === "ms" ? 1 : 0;
  const text = value.toLocaleString("en", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return `${text} ${metrics[metric].unit}`;
}

/** "1.23 (1.20–1.31)" */
export function formatRatio({ median, low, high, count }: Spread): string {
  const two = (value: number) => value.toFixed(2);
  return count > 1 ? `${two(median)} (${two(low)}–${two(high)})` : two(median);
}
