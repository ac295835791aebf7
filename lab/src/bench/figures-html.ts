import { barChart, escapeHtml } from "./bar-chart.ts";
import type { BenchRun } from "./bench-run.ts";
import { cpuPerGb, formatCpu } from "./cpu-per-gb.ts";
import { type FigureRow, formatFigure, summarizeFigures } from "./figures.ts";
import { htmlTable } from "./html-page.ts";
import { formatRatio } from "./summary.ts";

/** What is measured beside the traffic: a chart for what has something beside it, and a table of all. */
export function figureReport({ figures }: Pick<BenchRun, "figures">): string {
  const rows = summarizeFigures(figures);
  if (rows.length === 0) return "";
  const titles = ["Measured", "", "Against", "", "Ratio", "Wanted", ""];
  return [
    "<h2>Beside the traffic</h2>",
    ...rows.flatMap(chart),
    htmlTable(titles, rows.map(cells)),
  ].join("\n");
}

/** What each configuration pays for a gigabyte. */
export function cpuReport(run: Pick<BenchRun, "samples" | "options">): string {
  const rows = cpuPerGb(run);
  if (rows.length === 0) return "";
  const drawn = (["one Node", "two Nodes"] as const).flatMap((distance) => {
    const bars = rows.flatMap(({ distance: own, title, switches, agents }) =>
      own !== distance || !switches
        ? []
        : [{ label: title, spread: switches, text: formatCpu(switches), isFloor: !agents }],
    );
    const title = `Seconds of ovs-vswitchd for a GB, Pods on ${distance}`;
    return bars.length > 0 ? [`<h3>${title}</h3>`, barChart(title, bars)] : [];
  });
  const table = htmlTable(
    ["Pods on", "Stream", "ovs-vswitchd for a GB", "Agent for a GB"],
    rows.map(({ distance, title, switches, agents }) =>
      [distance, title, formatCpu(switches), formatCpu(agents)]
        .map((cell) => `<td>${escapeHtml(cell)}</td>`)
        .join(""),
    ),
  );
  return ["<h2>Processor time of a gigabyte</h2>", ...drawn, table].join("\n");
}

function chart({ definition, value, other }: FigureRow): readonly string[] {
  if (!value || !other || definition.base === undefined) return [];
  const bars = [
    { label: definition.base, spread: other, isFloor: true },
    { label: "ours", spread: value, isFloor: false },
  ].map((bar) => ({ ...bar, text: formatFigure(definition, bar.spread.median) }));
  const title = `${definition.title}, ${definition.unit}`;
  return [`<h3>${escapeHtml(title)}</h3>`, barChart(title, bars)];
}

function cells({ definition, value, other, ratio, wanted, verdict, problem }: FigureRow): string {
  const text = (content = "") => `<td>${escapeHtml(content)}</td>`;
  const number = (content = "") => `<td class="number">${escapeHtml(content)}</td>`;
  const said = [verdict === "for information" ? "" : verdict, problem].filter(Boolean).join(": ");
  return [
    text(definition.title),
    number(value && formatFigure(definition, value.median)),
    text(definition.base),
    number(other && formatFigure(definition, other.median)),
    number(ratio && formatRatio(ratio)),
    number(wanted),
    `<td class="${verdict.replace(" ", "-")}">${escapeHtml(said)}</td>`,
  ].join("");
}
