import { errorText } from "@antrea/base";
import type { Lab } from "../../io/lab.ts";
import { type FigureName, type FigureSample, figures } from "../figures.ts";
import type { BenchOptions, Section } from "../plan.ts";
import { measureFootprint } from "./footprint.ts";
import { measureJumbo } from "./jumbo.ts";
import { measurePolicy } from "./policy.ts";
import { measureUnderRules } from "./policy-rules.ts";
import { measureScale } from "./scale.ts";
import { figuresOf } from "./script.ts";
import type { TrafficTools } from "./traffic.ts";

export interface FigureBench {
  readonly options: BenchOptions;
  /** The lab in the configuration that others are compared with. */
  readonly lab: Lab;
  readonly tools: TrafficTools;
  readonly signal: AbortSignal;
}

/** A part of the benchmark that is measured once, after the rounds of traffic. */
interface FigurePart {
  readonly section: Section;
  readonly title: string;
  readonly expectedSeconds: number;
  measure(bench: FigureBench, note: (text: string) => void): Promise<readonly FigureSample[]>;
}

/** For how long programs at rest are watched, in seconds. */
const restSeconds = (isQuick: boolean): number => (isQuick ? 5 : 30);
const isQuick = ({ rounds, seconds }: BenchOptions): boolean => rounds === 1 && seconds === 1;

const parts: readonly FigurePart[] = [
  {
    section: "footprint",
    title: "Weigh agent and controller",
    expectedSeconds: 60,
    measure: ({ lab, options, signal }, note) => {
      note("100 Pods");
      return measureFootprint(lab, restSeconds(isQuick(options)), signal);
    },
  },
  {
    section: "scale",
    title: "Add a thousand Nodes",
    expectedSeconds: 90,
    measure: ({ lab, options, signal }, note) =>
      measureScale(lab, restSeconds(isQuick(options)), note, signal),
  },
  {
    section: "jumbo",
    title: "Compare fabrics of 1500 and 9000 bytes",
    expectedSeconds: 240,
    measure: ({ lab, tools, options }, note) =>
      measureJumbo(lab, isQuick(options) ? 1 : 3, tools, note),
  },
  {
    section: "policy",
    title: "Time policies, from the call to the packet",
    expectedSeconds: 240,
    measure: async ({ lab, tools, options, signal }, note) => [
      ...(await measurePolicy(lab, isQuick(options), note, signal)),
      ...(await measureUnderRules(lab, tools, isQuick(options) ? 1 : 3, note)),
    ],
  },
  {
    section: "openflow",
    title: "Send and read 100,000 flows",
    expectedSeconds: 60,
    measure: ({ options, signal }) =>
      figuresOf("openflow.ts", ["100000", String(isQuick(options) ? 1 : 5)], signal),
  },
  {
    section: "tables",
    title: "Count what tables cost a packet",
    expectedSeconds: 240,
    measure: ({ options, signal }) =>
      figuresOf("tables.ts", [String(isQuick(options) ? 1 : 5)], signal),
  },
];

/** The parts that were asked for. */
export function figureParts(sections: readonly Section[]): readonly FigurePart[] {
  return parts.filter(({ section }) => sections.includes(section));
}

/** What goes wrong is told, not thrown: the other figures are still worth having. */
export async function measurePart(
  part: FigurePart,
  bench: FigureBench,
  note: (text: string) => void,
): Promise<readonly FigureSample[]> {
  try {
    return await part.measure(bench, note);
  } catch (error) {
    if (bench.signal.aborted) throw error;
    const problem = errorText(error);
    return (Object.keys(figures) as FigureName[])
      .filter((figure) => figures[figure].section === part.section)
      .map((figure) => ({ figure, round: 0, value: undefined, problem }));
  }
}
