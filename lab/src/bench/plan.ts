/**
 * What a benchmark compares. One run holds everything that its ratios need: each figure stands next
 * to its floor, measured seconds before or after it on the same machine.
 */

export const sections = [
  "node",
  "modes",
  "udp",
  "cni",
  "footprint",
  "scale",
  "jumbo",
  "policy",
  "openflow",
  "tables",
] as const;
/**
 * `node`: Pods of one Node. `modes`: Pods of two Nodes, in every mode. `udp`: datagrams, in both. `cni`: a Pod's ADD and DEL.
 * `footprint`: what the programs weigh. `scale`: a thousand peers. `jumbo`: what a fabric of 9000 bytes gives the direct path. `policy`: how soon policies are in force, and what they cost traffic. `openflow`: many flows at once. `tables`: what tables and connection tracking cost a packet.
 */
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
  parallel: { title: "four TCP streams at once", unit: "Mbit/s" },
  requests: { title: "request/response", unit: "1/s" },
  connects: { title: "connect rate", unit: "1/s" },
  datagramsSmall: { title: "UDP without loss, 64 bytes", unit: "1/s" },
  datagramsFull: { title: "UDP without loss, 1,422 bytes", unit: "1/s" },
  add: { title: "CNI ADD", unit: "ms" },
  delete: { title: "CNI DEL", unit: "ms" },
  burst: { title: "CNI ADD, 20 at a time", unit: "ms" },
  firstPing: { title: "first ping after ADD", unit: "%" },
} as const;
export type Metric = keyof typeof metrics;
const connectionMetrics = ["stream", "requests", "connects"] as const;
const datagramMetrics = ["datagramsSmall", "datagramsFull"] as const;
/** `parallel` is measured where modes are compared with each other, see `modes.ts`. */
export const trafficMetrics = [...connectionMetrics, "parallel", ...datagramMetrics] as const;
export type TrafficMetric = (typeof trafficMetrics)[number];
/** Whether it is found by trying many rates, so that it has no processor time of its own. */
export function isSearched(metric: Metric): boolean {
  return (datagramMetrics as readonly Metric[]).includes(metric);
}

/** A configuration of the product, as lines of `antrea-agent.conf`. */
export interface Setup {
  readonly title: string;
  /** How its lab's name ends. */
  readonly lab: string;
  readonly settings: Readonly<Record<string, string | boolean>>;
}

/** What is ordinary needs no change of the ConfigMap after the lab is up. */
export const ordinary = { uplinkPath: "ovs", userspaceTSO: false } as const;

/** Each has a lab of its own. */
export const setups = {
  tunnel: {
    title: "encap (Geneve)",
    lab: "encap",
    settings: { ...ordinary, trafficEncapMode: "encap" },
  },
  hybrid: {
    title: "hybrid (direct)",
    lab: "hybrid",
    settings: { ...ordinary, trafficEncapMode: "hybrid" },
  },
  noEncap: {
    title: "noEncap",
    lab: "noencap",
    settings: { ...ordinary, trafficEncapMode: "noEncap" },
  },
  kernelUplink: {
    title: "noEncap, uplinkPath: kernel",
    lab: "kernel",
    settings: { ...ordinary, trafficEncapMode: "noEncap", uplinkPath: "kernel" },
  },
  tso: {
    title: "noEncap, userspaceTSO: true",
    lab: "tso",
    settings: { ...ordinary, trafficEncapMode: "noEncap", userspaceTSO: true },
  },
} as const satisfies Readonly<Record<string, Setup>>;
export type SetupName = keyof typeof setups;
export const setupNames = Object.keys(setups) as readonly SetupName[];
/** What the others are measured against, and what is measured where there is nothing to compare. */
export const baseSetup: SetupName = "tunnel";

export type Distance = "one Node" | "two Nodes";

/** Who is measured: the product in one configuration, or bare Open vSwitch beside it. */
export interface Subject {
  /** `floor` is measured once for all configurations, under the name of `baseSetup`. */
  readonly setup: SetupName;
  readonly subject: "ours" | "floor";
}

/** One figure. */
export interface Sample extends Subject {
  readonly round: number;
  readonly distance: Distance;
  readonly metric: Metric;
  /** Of CNI calls: how many Pods the Node had. */
  readonly pods?: number;
  /** In the metric's unit; undefined where it could not be measured. */
  readonly value: number | undefined;
  /** Processor time of the ovs-vswitchd that took part, in seconds. Less disturbed by others than `value`. */
  readonly switchCpuSeconds?: number | undefined;
  /** The same of the agents. */
  readonly agentCpuSeconds?: number | undefined;
  readonly problem?: string | undefined;
}

/** Figures that are compared with each other, and therefore taken one right after another. */
export interface Group {
  readonly distance: Distance;
  readonly metric: TrafficMetric;
  readonly subjects: readonly Subject[];
}

export interface Round {
  readonly number: number;
  /** By how many places the configurations have moved among the labs. */
  readonly shift: number;
  readonly groups: readonly Group[];
  /** Whether CNI calls are measured too. */
  readonly hasCni: boolean;
}

/** The configurations that the sections need. */
export function setupsFor(chosen: readonly Section[]): readonly SetupName[] {
  return chosen.includes("modes") || chosen.includes("udp") ? setupNames : [baseSetup];
}

/**
 * What is measured when. Each group has its own order, so that nobody profits from its place; and
 * configurations move from lab to lab, so that nobody profits from the one that it happens to have.
 * `random` gives numbers from 0 up to 1.
 */
export function planRounds(
  { sections: chosen, rounds }: BenchOptions,
  random: () => number,
): readonly Round[] {
  const roundsInPlace = Math.ceil(rounds / setupsFor(chosen).length);
  return Array.from({ length: rounds }, (_, number) => ({
    number,
    shift: Math.floor(number / roundsInPlace),
    groups: kindsOf(chosen, number, roundsInPlace).map(({ distance, metric }) => {
      const ours = distance === "one Node" ? [baseSetup] : setupNames;
      const subjects = [
        ...ours.map((setup) => ({ setup, subject: "ours" }) as const),
        { setup: baseSetup, subject: "floor" } as const,
      ];
      return { distance, metric, subjects: shuffled(subjects, random) };
    }),
    hasCni: chosen.includes("cni"),
  }));
}

/** Searches take long: they are made once in each place that the configurations move to. */
function kindsOf(
  chosen: readonly Section[],
  round: number,
  roundsInPlace: number,
): readonly Pick<Group, "distance" | "metric">[] {
  const kinds = (distance: Distance, metrics: readonly TrafficMetric[]) =>
    metrics.map((metric) => ({ distance, metric }));
  const hasSearches = chosen.includes("udp") && round % roundsInPlace === 0;
  return [
    ...(chosen.includes("node") ? kinds("one Node", connectionMetrics) : []),
    ...(hasSearches ? kinds("one Node", datagramMetrics) : []),
    ...(chosen.includes("modes") ? kinds("two Nodes", connectionMetrics) : []),
    ...(hasSearches ? kinds("two Nodes", datagramMetrics) : []),
  ];
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

/** Seconds that each figure takes beside its own: a server starts, and ends. */
const spareSeconds = 0.7;
/** About a dozen trials. */
const searchSeconds = 18;
const cniSeconds = 35;
/** Five configurations move. */
const moveSeconds = 50;

/** How long each round will take, for the remaining time on screen. */
export function expectedSeconds(rounds: readonly Round[], seconds: number): readonly number[] {
  return rounds.map(({ groups, hasCni, shift }, i) => {
    const traffic = groups.reduce((sum, { metric, subjects }) => {
      return sum + subjects.length * (isSearched(metric) ? searchSeconds : seconds + spareSeconds);
    }, 0);
    const isMove = shift !== (rounds[i - 1]?.shift ?? 0);
    return (isMove ? moveSeconds : 0) + traffic + (hasCni ? cniSeconds : 0);
  });
}

/** Which configuration the lab at each place has after so many moves. */
export function placesAfter(
  setupsInPlace: readonly SetupName[],
  shift: number,
): readonly SetupName[] {
  const count = setupsInPlace.length;
  return setupsInPlace.map((_, place) => setupsInPlace[(place + shift) % count] as SetupName);
}
