import { type BenchRun, isDisturbed } from "./bench-run.ts";
import { type CpuPerGb, cpuPerGb, formatCpu } from "./cpu-per-gb.ts";
import { type FigureRow, formatFigure, summarizeFigures } from "./figures.ts";
import { metrics } from "./plan.ts";
import type { Spread } from "./statistics.ts";
import { formatRatio, formatValue, type SummaryRow, summarize } from "./summary.ts";

export const figuresBegin = "<!-- figures: written by antrea-lab bench --doc -->";
export const figuresEnd = "<!-- end of figures -->";

/** The document with this run's figures in the place of those that stand between its marks; undefined if it has none. */
export function withFigures(document: string, run: BenchRun): string | undefined {
  const from = document.indexOf(figuresBegin);
  const to = document.indexOf(figuresEnd);
  if (from < 0 || to < from) return undefined;
  return `${document.slice(0, from)}${figuresBegin}\n\n${figures(run)}\n\n${document.slice(to)}`;
}

/** When and on what, and the table, in Markdown. */
export function figures(run: BenchRun): string {
  const { startedAt, options, surroundings, seed } = run;
  const quiet = isDisturbed(surroundings) ? "**not quiet, so provisional**" : "quiet";
  const head = [
    `${startedAt.slice(0, 16).replace("T", " ")} UTC`,
    `${surroundings.processors} × ${surroundings.processor}`,
    `Linux ${surroundings.kernel}`,
    `Open vSwitch ${surroundings.openVSwitch}`,
    `${options.rounds} rounds of ${options.seconds} s, seed ${seed}`,
    `load ${surroundings.loadBefore.toFixed(1)} before and ${surroundings.loadAfter.toFixed(1)} after: ${quiet}`,
  ];
  return [
    `${head.join(", ")}.`,
    ...trafficTable(run),
    ...cpuTable(cpuPerGb(run)),
    ...figureTable(summarizeFigures(run.figures)),
  ].join("\n");
}

function trafficTable(run: BenchRun): readonly string[] {
  const rows = summarize(run.samples);
  if (rows.length === 0) return [];
  return [
    "",
    "| Pods on | measured | ours | | against | | ratio | per CPU | wanted | |",
    "|---|---|---|---:|---|---:|---:|---:|---:|---|",
    ...rows.map(line),
  ];
}

function cpuTable(rows: readonly CpuPerGb[]): readonly string[] {
  if (rows.length === 0) return [];
  return [
    "",
    "| a GB in one TCP stream, Pods on | | ovs-vswitchd | agent |",
    "|---|---|---:|---:|",
    ...rows.map(({ distance, title, switches, agents }) =>
      cellsOf([distance, title, formatCpu(switches), formatCpu(agents)]),
    ),
  ];
}

function figureTable(rows: readonly FigureRow[]): readonly string[] {
  if (rows.length === 0) return [];
  return [
    "",
    "| measured | | against | | ratio | wanted | |",
    "|---|---:|---|---:|---:|---:|---|",
    ...rows.map(({ definition, value, other, ratio, wanted = "", verdict }) => {
      const text = (spread: Spread | undefined) =>
        spread ? formatFigure(definition, spread.median) : "";
      return cellsOf([
        definition.title,
        text(value),
        definition.base ?? "",
        text(other),
        ratio ? formatRatio(ratio) : "",
        wanted,
        verdict === "for information" ? "" : verdict,
      ]);
    }),
  ];
}

function line(row: SummaryRow): string {
  const value = (side: "ours" | "other") => {
    const spread = row[side];
    return spread ? formatValue(row.metric, spread.median) : "";
  };
  const cells = [
    row.distance,
    metrics[row.metric].title,
    row.title,
    value("ours"),
    row.base,
    value("other"),
    row.ratio ? formatRatio(row.ratio) : "",
    row.perCpu?.median.toFixed(2) ?? "",
    row.wanted ?? "",
    row.verdict === "for information" ? "" : row.verdict,
  ];
  return cellsOf(cells);
}

function cellsOf(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}
