import type { Section } from "./plan.ts";
import { type Spread, spreadOf } from "./statistics.ts";
import type { Verdict } from "./summary.ts";

/** What one number beside the traffic is, and how large it may be. */
export interface FigureDefinition {
  readonly section: Section;
  readonly title: string;
  readonly unit: "s" | "ms" | "ns" | "MB" | "%" | "flows";
  /** What is measured beside it, in the same round; absent where there is nothing. */
  readonly base?: string;
  /** The largest value that keeps the promise, or the largest ratio to the base. */
  readonly atMost?: number;
  readonly of?: "value" | "ratio";
}

/** Sets of flows whose cost for a packet is compared; `bench/tables.ts` has them. */
const flowSets = {
  Normal: "NORMAL",
  OneTable: "one table",
  TwelveTables: "twelve tables",
  Rewrite: "one table, addresses and TTL rewritten",
  Lookup: "connection looked up, then one table",
  Product: "all flows of a Node",
  ProductWithoutCt: "all flows of a Node, without the look-up of connections",
} as const;
type FlowSet = keyof typeof flowSets;
type CostName = `${"pass" | "lookup"}${FlowSet}`;

/** Processor time of ovs-vswitchd for a packet whose way the datapath knows, and for one that it asks for. */
const costs = Object.fromEntries(
  (["pass", "lookup"] as const).flatMap((kind) =>
    Object.entries(flowSets).map(([name, title]) => [
      `${kind}${name}`,
      {
        section: "tables",
        title: `${kind === "pass" ? "a packet of a known way" : "a packet looked up"}: ${title}`,
        unit: "ns",
        base: flowSets.OneTable,
      },
    ]),
  ),
) as Readonly<Record<CostName, FigureDefinition>>;

const changes = {
  policyDrop: ["NetworkPolicy created: first packet dropped after", 10, 20],
  policyPass: ["NetworkPolicy deleted: first packet passed after", undefined, undefined],
  clusterDrop: ["ClusterNetworkPolicy created: first packet dropped after", 10, 20],
  busyDrop: [
    "NetworkPolicy created beside 1000, 10 of them changing a second: dropped after",
    15,
    50,
  ],
} as const;
type ChangeName = keyof typeof changes;

/** From the call of the API to the packet, with what half and what 99 of a hundred are to keep. */
const policyTimes = Object.fromEntries(
  Object.entries(changes).flatMap(([name, [title, atMost, atMostP99]]) => [
    [name, policyTime(title, atMost)],
    [`${name}P99`, policyTime("… 99 of a hundred within", atMostP99)],
  ]),
) as Readonly<Record<ChangeName | `${ChangeName}P99`, FigureDefinition>>;

function policyTime(title: string, atMost: number | undefined): FigureDefinition {
  return { section: "policy", title, unit: "ms", ...(atMost === undefined ? {} : { atMost }) };
}

/** From the call to the first packet that a large policy drops: it comes into force as a whole. */
const largePolicies = {
  longPolicy: policyTime("one policy of 10,000 rules: first packet dropped after", 2000),
  wideRule: policyTime("one rule of 15,000 networks: first packet dropped after", 2000),
};

type UnderRules = `${"stream" | "question"}${1000 | 10_000}`;

/** Traffic to a Pod for which so many rules are in force, beside the same with none. */
const underRules = Object.fromEntries(
  [1000, 10_000].flatMap((rules) =>
    (["stream", "question"] as const).map((kind) => [
      `${kind}${rules}`,
      {
        section: "policy",
        title: `${kind === "stream" ? "a megabyte by TCP" : "a question and its answer"}, ${rules} rules in force`,
        unit: "ms",
        base: "none",
        atMost: 1.05,
        of: "ratio",
      },
    ]),
  ),
) as Readonly<Record<UnderRules, FigureDefinition>>;

/** Sizes and times that the project promises, or reports. */
export const figures = {
  flowsAdded: {
    section: "openflow",
    title: "100,000 flows sent in one bundle",
    unit: "s",
    base: "ovs-ofctl --bundle add-flows",
    atMost: 1.5,
    of: "ratio",
  },
  flowsMadeAndAdded: {
    section: "openflow",
    title: "… and made before, as ovs-ofctl reads its file",
    unit: "s",
    base: "ovs-ofctl --bundle add-flows",
  },
  flowsRead: {
    section: "openflow",
    title: "100,000 flows read back",
    unit: "s",
    base: "ovs-ofctl dump-flows",
    atMost: 2,
    of: "ratio",
  },
  flowsCompared: {
    section: "openflow",
    title: "100,000 flows read back and compared, nothing to change",
    unit: "s",
    base: "ovs-ofctl replace-flows",
  },
  agentRss100: {
    section: "footprint",
    title: "agent with 100 Pods, resident",
    unit: "MB",
    atMost: 110,
  },
  agentCpu100: {
    section: "footprint",
    title: "agent with 100 Pods at rest, of one processor",
    unit: "%",
    atMost: 1,
  },
  switchRss100: {
    section: "footprint",
    title: "ovs-vswitchd with 100 Pods, resident",
    unit: "MB",
  },
  controllerRss: {
    section: "footprint",
    title: "controller at rest, resident",
    unit: "MB",
    atMost: 100,
  },
  controllerCpu: {
    section: "footprint",
    title: "controller at rest, of one processor",
    unit: "%",
    atMost: 1,
  },
  peerFlows: {
    section: "scale",
    title: "flows that one more Node brings, with 1000 there",
    unit: "flows",
    base: "with ten there",
    atMost: 1,
    of: "ratio",
  },
  peerTime: {
    section: "scale",
    title: "from the news of one more Node to its confirmed flows, with 1000 there",
    unit: "ms",
    base: "with ten there",
    atMost: 5,
  },
  liveSwitch1000: {
    section: "scale",
    title: "tunnel's type changed while all run, with 1000 peers",
    unit: "s",
    atMost: 60,
  },
  jumboStream: {
    section: "jumbo",
    title: "a megabyte by TCP on the direct path, fabric of 9000 bytes",
    unit: "ms",
    base: "1500",
    atMost: 0.667,
    of: "ratio",
  },
  agentRss1000: {
    section: "scale",
    title: "agent with 1000 peers, resident",
    unit: "MB",
    atMost: 200,
  },
  agentRssAfterSwitch: {
    section: "scale",
    title: "… and right after that change of the tunnel's type",
    unit: "MB",
  },
  agentCpu1000: {
    section: "scale",
    title: "agent with 1000 peers at rest, of one processor",
    unit: "%",
    atMost: 1,
  },
  controllerRss1000: {
    section: "scale",
    title: "controller with 1000 Nodes, resident",
    unit: "MB",
  },
  ...policyTimes,
  ...largePolicies,
  ...underRules,
  ...costs,
} as const satisfies Readonly<Record<string, FigureDefinition>>;
export type FigureName = keyof typeof figures;

/** One number of one round. */
export interface FigureSample {
  readonly figure: FigureName;
  readonly round: number;
  /** In the figure's unit; undefined where it could not be measured. */
  readonly value: number | undefined;
  /** The same of the base. */
  readonly other?: number | undefined;
  readonly problem?: string | undefined;
}

export interface FigureRow {
  readonly name: FigureName;
  readonly definition: FigureDefinition;
  readonly value: Spread | undefined;
  readonly other: Spread | undefined;
  /** Of ours to the base, within each round. */
  readonly ratio: Spread | undefined;
  /** In words: "≤ 1.5 ×", "≤ 110 MB". */
  readonly wanted: string | undefined;
  readonly verdict: Verdict;
  readonly problem: string | undefined;
}

/** All figures that this run says something of, in the order of their list. */
export function summarizeFigures(samples: readonly FigureSample[]): readonly FigureRow[] {
  return (Object.keys(figures) as FigureName[]).flatMap((name) => {
    const mine = samples.filter(({ figure }) => figure === name);
    return mine.length > 0 ? [rowOf(name, mine)] : [];
  });
}

function rowOf(name: FigureName, samples: readonly FigureSample[]): FigureRow {
  const definition: FigureDefinition = figures[name];
  const value = spreadOf(samples.flatMap((sample) => sample.value ?? []));
  const ratio = spreadOf(
    samples.flatMap(({ value: ours, other }) =>
      ours === undefined || !other ? [] : [ours / other],
    ),
  );
  return {
    name,
    definition,
    value,
    other: spreadOf(samples.flatMap(({ other }) => other ?? [])),
    ratio,
    wanted: wantedText(definition),
    verdict: judgeAtMost(definition.of === "ratio" ? ratio : value, definition.atMost),
    problem: samples.find(({ problem }) => problem)?.problem,
  };
}

/** `unsure` where rounds disagree, as `judge` has it of ratios that had better be large. */
export function judgeAtMost(figure: Spread | undefined, atMost: number | undefined): Verdict {
  if (!figure) return "not measured";
  if (atMost === undefined) return "for information";
  if (figure.median <= atMost) return "met";
  return figure.low <= atMost ? "unsure" : "missed";
}

function wantedText({ atMost, of, unit }: FigureDefinition): string | undefined {
  if (atMost === undefined) return undefined;
  return of === "ratio" ? `≤ ${atMost} ×` : `≤ ${atMost} ${unit}`;
}

const digits: Readonly<Record<FigureDefinition["unit"], number>> = {
  s: 2,
  ms: 2,
  ns: 0,
  MB: 0,
  "%": 2,
  flows: 0,
};

/** "1.24 s", "104 MB". */
export function formatFigure({ unit }: FigureDefinition, value: number): string {
  return `${value.toFixed(digits[unit])} ${unit}`;
}
