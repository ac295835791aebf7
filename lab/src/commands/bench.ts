import { flag, oneOf, text, value, wholeNumber } from "@antrea/command";
import type { BenchRun } from "../bench/bench-run.ts";
import { runBench } from "../bench/io/run-bench.ts";
import { runModes } from "../bench/io/run-modes.ts";
import {
  requireDocument,
  updateDocument,
  writeModes,
  writeReport,
} from "../bench/io/write-report.ts";
import { formatModes, modesData } from "../bench/modes-report.ts";
import { type Section, sections } from "../bench/plan.ts";
import { formatBench } from "../bench/report-text.ts";
import { summarize } from "../bench/summary.ts";
import { defaultOptions } from "../options.ts";
import { define } from "./context.ts";

/** The lab that is measured, unless --name says another one: it is started, and taken down. */
const defaultName = "bench";

const args = {
  quick: flag("One round of one second a figure: shows that it works, and roughly how fast"),
  rounds: value("How often everything is measured", wholeNumber(1, 100), { default: 5 }),
  seconds: value("How long one figure is measured", wholeNumber(1, 60), { default: 3 }),
  seed: value("Of the order in which configurations are measured", wholeNumber(0), { default: 1 }),
  out: text("Folder of bench.json and bench.html", { default: "build/bench", placeholder: "DIR" }),
  doc: text("A document to put the figures into, too: docs/performance.md", {
    placeholder: "FILE",
  }),
  keep: flag("Leave the lab up afterwards"),
};

const description =
  "Starts a lab with two Nodes for each configuration, five of them at once (8 GB of memory; one is enough for what has neither modes nor udp in it), and beside them two hosts with nothing but Open vSwitch of the same kind and as many ports: the floor. " +
  "In every round each figure is taken of all configurations and of the floor, seconds apart and in an order by chance, and ratios are taken within the round. " +
  "Meanwhile Kubernetes' own programs are stopped, and go on between figures. Configurations move from lab to lab, so that each has been in all of them. " +
  "After the rounds, labs that are needed no more go, and the parts come that are measured once: footprint, scale, jumbo, policy, openflow and tables. " +
  "Five rounds and all parts take some 50 minutes.";

type Values = Readonly<{
  quick: boolean;
  rounds: number;
  seconds: number;
  seed: number;
  out: string;
  doc: string | undefined;
  keep: boolean;
}>;
type Surroundings = Pick<Parameters<typeof runBench>[0], "labName" | "progress" | "signal">;

async function measureAndWrite(
  chosen: readonly Section[],
  { quick, rounds, seconds, seed, out, doc, keep }: Values,
  { labName, progress, signal }: Surroundings,
) {
  if (doc !== undefined) requireDocument(doc);
  const run = await runBench({
    labName: labName === defaultOptions.name ? defaultName : labName,
    options: quick
      ? { sections: chosen, rounds: 1, seconds: 1 }
      : { sections: chosen, rounds, seconds },
    seed,
    keep,
    progress,
    signal,
  });
  const documents = doc === undefined ? [] : [updateDocument(run, doc)];
  return { run, files: [...writeReport(run, out), ...documents] };
}

interface Result {
  readonly run: BenchRun;
  readonly files: readonly string[];
}

export const bench = define({
  name: "bench",
  summary: "Measure how fast Pods talk and start, each figure beside its floor",
  description,
  example: [
    "antrea-lab bench",
    "antrea-lab bench --quick",
    "antrea-lab bench --rounds 10 --doc docs/performance.md",
    "antrea-lab bench --only cni --rounds 3",
    "antrea-lab bench --only scale",
    "antrea-lab bench --only jumbo",
    "antrea-lab bench --only node --rounds 10 --seconds 2 --out /tmp/figures",
  ],
  args: { ...args, only: value("One part of it", oneOf(sections)) },
  run: ({ args: { only: one, ...values }, ...around }) =>
    measureAndWrite(one ? [one] : sections, values, around),
  data: ({ run }: Result) => ({ ...run, summary: summarize(run.samples) }),
  text: ({ run, files }: Result) => `${formatBench(run)}\n\nWritten: ${files.join(", ")}`,
});

const modesArgs = {
  quick: flag("One round of two seconds a mode: shows that it works, and roughly how fast"),
  rounds: value(
    "How often every mode is measured; from 5 on it is recommended from",
    wholeNumber(1, 100),
    { default: 5 },
  ),
  seconds: value("What iperf3 gets as -t", wholeNumber(1, 600), { default: 10 }),
  figureSeconds: value("How long each figure in depth is measured", wholeNumber(1, 60), {
    default: 3,
  }),
  subnets: value("Over how many subnets the two Nodes are spread", wholeNumber(1, 2), {
    default: 1,
  }),
  routes: flag("Let the router know each Node's Pods, as noEncap over two subnets needs"),
  seed: value("Of the order in which modes are measured", wholeNumber(0), { default: 1 }),
  out: text("Folder of modes.json and modes.html", { default: "build/bench", placeholder: "DIR" }),
  keep: flag("Leave the lab up afterwards"),
};

export const benchModes = define({
  name: "bench modes",
  summary: "Compare the traffic modes between Pods of two Nodes, and recommend one",
  description:
    "Starts a lab of its own with two Nodes. For encap, hybrid and noEncap in turn it changes the ConfigMap, restarts the agents, makes the Pods iperf-server and iperf-client anew, and runs `kubectl exec iperf-client -- iperf3 -c $SERVER_IP -t SECONDS`, as the guide does. " +
    "Then, in the same mode, it measures in depth: one stream and four, request/response, connect rate, and the processor time of a GB. Agents are asked for paths, missing routes and MTU. " +
    "It prints the comparison and which mode to choose for this network, with the reasons and what it costs, and writes both with charts to modes.html. A mode is recommended for its speed only where rounds agree.",
  example: [
    "antrea-lab bench modes",
    "antrea-lab bench modes --quick --out /tmp/modes",
    "antrea-lab bench modes --rounds 1 --seconds 30",
    "antrea-lab bench modes --subnets 2 --routes",
  ],
  args: modesArgs,
  async run({ args: { quick, seed, out, keep, routes, ...given }, labName, progress, signal }) {
    const shortened = quick ? { rounds: 1, seconds: 2, figureSeconds: 1 } : {};
    const run = await runModes({
      labName: labName === defaultOptions.name ? defaultName : labName,
      options: { ...given, ...shortened, hasRoutes: routes },
      ...{ seed, keep, progress, signal },
    });
    return { run, files: writeModes(run, out) };
  },
  data: ({ run }) => modesData(run),
  text: ({ run, files }) => `${formatModes(run)}\n\nWritten: ${files.join(", ")}`,
});
