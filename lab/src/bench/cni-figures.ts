/** What of a Pod's ADD and DEL is measured, and what is promised of it. */

/** With how many Pods on the Node calls are timed: the last of them come, and go again. */
export const podCounts = [10, 100, 250] as const;
/** How many calls are timed at each of these. */
export const callsEach = 10;
/** Many Pods on a Node that had few. */
export const burst = { pods: 100, atOnce: 20 } as const;

export interface CniFigure {
  readonly metric: "add" | "delete" | "burst" | "firstPing";
  /** On the Node, when the last call of this kind ends. */
  readonly pods: number;
}

/** One line of the table. */
export interface CniPromise extends CniFigure {
  /** Which of all calls in the order of their values: 0.5 is the median. */
  readonly quantile: number;
  readonly title: string;
  readonly base: string;
  readonly limit?: Limit;
}

/** In the metric's unit. */
export type Limit = { readonly atMost: number } | { readonly atLeast: number };

export function formatLimit(limit: Limit, unit: string): string {
  return "atMost" in limit ? `≤ ${limit.atMost} ${unit}` : `≥ ${limit.atLeast} ${unit}`;
}

export function isWithin(value: number, limit: Limit): boolean {
  return "atMost" in limit ? value <= limit.atMost : value >= limit.atLeast;
}

const limits = {
  add: { p50: { atMost: 30 }, p99: { atMost: 80 } },
  delete: { p50: { atMost: 15 }, p99: undefined },
} as const;

const vsctl = { add: "ovs-vsctl add-port", delete: "ovs-vsctl del-port" } as const;

/** Whatever the number of Pods on the Node. */
export const cniPromises: readonly CniPromise[] = [
  ...(["add", "delete"] as const).flatMap((metric) =>
    podCounts.flatMap((pods) =>
      (["p50", "p99"] as const).map((name): CniPromise => {
        const limit = limits[metric][name];
        return {
          ...{ metric, pods, base: vsctl[metric] },
          quantile: name === "p50" ? 0.5 : 0.99,
          title: `antrea, ${name}, ${pods} Pods`,
          ...(limit && { limit }),
        };
      }),
    ),
  ),
  {
    metric: "burst",
    pods: burst.pods,
    quantile: 0.5,
    title: `antrea, ${burst.pods} Pods`,
    base: `ovs-vsctl add-port, ${burst.pods} ports`,
    limit: { atMost: 1500 },
  },
  ...podCounts.map(
    (pods): CniPromise => ({
      ...{ metric: "firstPing", pods, quantile: 0, base: "" },
      title: `antrea, answered, ${pods} Pods`,
      limit: { atLeast: 100 },
    }),
  ),
];
