/**
 * What a benchmark compares. One run holds everything that its ratios need: each figure stands next
 * to its floor, measured seconds before or after it on the same machine.
 */

export const sections = ["node", "modes", "cni"] as const;
/** `node`: Pods of one Node. `modes`: Pods of two Nodes, in every mode. `cni`: a Pod's ADD and DEL. */
export type Section = (typeof sections)[number];

export interface BenchOptions {
  readonly sections: readonly Section[];
  readonly rounds: number;
  /** How long one figure is measured, in seconds. */
  readonly seconds: number;
}

/** What is measured, with its unit. Times are better small, rates large. */
export const metrics = {
  stream: { title: "TCP stream", unit: "Mbit/s" },
  requests: { title: "request/response", unit: "1/s" },
  connects: { title: "connect rate", unit: "1/s" },
  add: { title: "CNI ADD", unit: "ms" },
  delete: { title: "CNI DEL", unit: "ms" },
} as const;
export type Metric = keyof typeof metrics;
export const trafficMetrics = ["stream", "requests", "connects"] as const;
export type TrafficMetric = (typeof trafficMetrics)[number];

/** A configuration of the product, as lines of `antrea-agent.conf`. */
export interface Setup {
  readonly title: string;
  readonly settings: Readonly<Record<string, string | boolean>>;
}

const ordinary = { uplinkPath: "ovs", userspaceTSO: false } as const;

/** The first one is what the others are measured against, and what the lab starts with. */
export const setups = {
  tunnel: {
    title: "encap (Geneve)",
    settings: { ...ordinary, trafficEncapMode: "encap" },
  },
  hybrid: {
    title: "hybrid (direct)",
    settings: { ...ordinary, trafficEncapMode: "hybrid" },
  },
  noEncap: {
    title: "noEncap",
    settings: { ...ordinary, trafficEncapMode: "noEncap" },
  },
  kernelUplink: {
    title: "noEncap, uplinkPath: kernel",
    settings: { ...ordinary, trafficEncapMode: "noEncap", uplinkPath: "kernel" },
  },
  tso: {
    title: "noEncap, userspaceTSO: true",
    settings: { ...ordinary, trafficEncapMode: "noEncap", userspaceTSO: true },
  },
} as const satisfies Readonly<Record<string, Setup>>;
export type SetupName = keyof typeof setups;
export const setupNames = Object.keys(setups) as readonly SetupName[];

export type Distance = "one Node" | "two Nodes";

/** One figure. `floor` is bare Open vSwitch beside the product's. */
export interface Sample {
  readonly round: number;
  readonly setup: SetupName;
  readonly distance: Distance;
  readonly metric: Metric;
  readonly subject: "ours" | "floor";
  /** In the metric's unit; undefined where it could not be measured. */
  readonly value: number | undefined;
  /** Processor time of the ovs-vswitchd that took part, in seconds. Less disturbed by others than `value`. */
  readonly switchCpuSeconds?: number | undefined;
  readonly problem?: string | undefined;
}

/** One configuration, measured once: the product is set up so, then each figure is taken in turn. */
export interface Visit {
  readonly round: number;
  readonly setup: SetupName;
  readonly distances: readonly Distance[];
  /** Whether CNI calls are measured too. */
  readonly hasCni: boolean;
}

/**
 * Which configuration is measured when. Each round has its own order, so that no setup profits
 * from its place; `random` gives numbers from 0 up to 1.
 */
export function planVisits(options: BenchOptions, random: () => number): readonly Visit[] {
  const has = (section: Section) => options.sections.includes(section);
  return Array.from({ length: options.rounds }, (_, round) => round).flatMap((round) => {
    const names = has("modes") ? shuffled(setupNames, random) : setupNames.slice(0, 1);
    return names.map((setup): Visit => {
      const isFirst = setup === setupNames[0];
      return {
        round,
        setup,
        distances: [
          ...(has("node") && isFirst ? (["one Node"] as const) : []),
          ...(has("modes") ? (["two Nodes"] as const) : []),
        ],
        hasCni: has("cni") && isFirst,
      };
    });
  });
}

/** The same in an order by chance: Fisher and Yates. */
export function shuffled<T>(items: readonly T[], random: () => number): readonly T[] {
  const list = [...items];
  for (let i = list.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const [a, b] = [list[i] as T, list[j] as T];
    list[i] = b;
    list[j] = a;
  }
  return list;
}

/** Seconds that switching to another configuration takes, making Pods anew, first traffic, and CNI calls. */
const switchSeconds = 14;
const podSeconds = 5;
const warmUpSeconds = 3;
const cniSeconds = 3;

/** How long each visit will take, for the remaining time on screen. */
export function expectedSeconds(
  visits: readonly Visit[],
  { seconds }: Pick<BenchOptions, "seconds">,
): readonly number[] {
  return visits.map(({ setup, distances, hasCni }, i) => {
    const isSwitch = setup !== (visits[i - 1]?.setup ?? setupNames[0]);
    const figures = distances.length * trafficMetrics.length * 2;
    return (
      (isSwitch ? switchSeconds : 0) +
      (distances.length > 0 ? podSeconds : 0) +
      distances.length * warmUpSeconds +
      figures * (seconds + 0.5) +
      (hasCni ? cniSeconds : 0)
    );
  });
}
