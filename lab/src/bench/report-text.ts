import { formatTable } from "@antrea/command";
import { type BenchRun, isDisturbed } from "./bench-run.ts";
import { type CpuPerGb, cpuPerGb, formatCpu } from "./cpu-per-gb.ts";
import { type FigureRow, formatFigure, summarizeFigures } from "./figures.ts";
import { metrics } from "./plan.ts";
import type { Spread } from "./statistics.ts";
import { formatRatio, formatValue, type SummaryRow, summarize, type Verdict } from "./summary.ts";

const columns = [
  { title: "PODS ON", cell: (row: SummaryRow) => row.distance },
  { title: "MEASURED", cell: (row: SummaryRow) => metrics[row.metric].title },
  { title: "OURS", cell: (row: SummaryRow) => row.title },
  { title: "VALUE", cell: (row: SummaryRow) => valueText(row, "ours") },
  { title: "AGAINST", cell: (row: SummaryRow) => row.base },
  { title: "VALUE", cell: (row: SummaryRow) => valueText(row, "other") },
  { title: "RATIO", cell: (row: SummaryRow) => row.ratio && formatRatio(row.ratio) },
  { title: "PER CPU", cell: (row: SummaryRow) => row.perCpu?.median.toFixed(2) },
  { title: "WANTED", cell: (row: SummaryRow) => row.wanted },
  { title: "VERDICT", cell: (row: SummaryRow) => verdictTexts[row.verdict] },
];

const cpuColumns = [
  { title: "PODS ON", cell: ({ distance }: CpuPerGb) => distance },
  { title: "STREAM", cell: ({ title }: CpuPerGb) => title },
  { title: "OVS-VSWITCHD FOR A GB", cell: ({ switches }: CpuPerGb) => formatCpu(switches) },
  { title: "AGENT FOR A GB", cell: ({ agents }: CpuPerGb) => formatCpu(agents) },
];

const figureColumns = [
  { title: "MEASURED", cell: ({ definition }: FigureRow) => definition.title },
  { title: "VALUE", cell: (row: FigureRow) => figureText(row, row.value) },
  { title: "AGAINST", cell: ({ definition }: FigureRow) => definition.base },
  { title: "VALUE", cell: (row: FigureRow) => figureText(row, row.other) },
  { title: "RATIO", cell: ({ ratio }: FigureRow) => ratio && formatRatio(ratio) },
  { title: "WANTED", cell: ({ wanted }: FigureRow) => wanted },
  { title: "VERDICT", cell: ({ verdict }: FigureRow) => verdictTexts[verdict] },
];

function figureText({ definition }: FigureRow, spread: Spread | undefined): string | undefined {
  return spread && formatFigure(definition, spread.median);
}

const verdictTexts: Readonly<Record<Verdict, string | undefined>> = {
  met: "met",
  missed: "MISSED",
  unsure: "unsure: rounds disagree",
  "for information": undefined,
  "not measured": "NOT MEASURED",
};

/** The table for a terminal, what disturbed it, and what could not be measured. */
export function formatBench(run: BenchRun): string {
  const rows = summarize(run.samples);
  const cpu = cpuPerGb(run);
  const figures = summarizeFigures(run.figures);
  const problems = new Set([
    ...rows.flatMap(({ title, problem }) => (problem ? `${title}: ${problem}` : [])),
    ...figures.flatMap(({ problem }) => problem ?? []),
  ]);
  return [
    ...(rows.length > 0 ? [formatTable(columns, rows), ""] : []),
    ...(cpu.length > 0 ? [formatTable(cpuColumns, cpu), ""] : []),
    ...(figures.length > 0 ? [formatTable(figureColumns, figures), ""] : []),
    "Medians of rounds; in parentheses the middle half of the ratios. Compare ratios, not values: they hold on other machines too.",
    "PER CPU is the ratio of what a second of ovs-vswitchd's processor time carries.",
    ...disturbance(run),
    ...[...problems].map((problem) => `Could not be measured: ${problem}`),
  ].join("\n");
}

export function disturbance({ surroundings }: Pick<BenchRun, "surroundings">): readonly string[] {
  const { loadBefore, processors } = surroundings;
  return isDisturbed(surroundings)
    ? [
        `The machine was not quiet: ${loadBefore.toFixed(1)} processes wanted its ${processors} processors when this began. Take these figures as provisional.`,
      ]
    : [];
}

function valueText({ metric, ...row }: SummaryRow, side: "ours" | "other") {
  const spread = row[side];
  return spread && formatValue(metric, spread.median);
}
