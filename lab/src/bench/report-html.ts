import { type Bar, barChart, escapeHtml } from "./bar-chart.ts";
import type { BenchRun } from "./bench-run.ts";
import { podCounts } from "./cni-figures.ts";
import { cpuReport, figureReport } from "./figures-html.ts";
import { factsOf, htmlPage, htmlTable } from "./html-page.ts";
import {
  type Distance,
  metrics,
  type Sample,
  setupNames,
  setups,
  type TrafficMetric,
  trafficMetrics,
} from "./plan.ts";
import { disturbance } from "./report-text.ts";
import { spreadOf } from "./statistics.ts";
import { formatRatio, formatValue, type SummaryRow, summarize } from "./summary.ts";

/** One page with everything in it: it can be mailed, and opened without a network. */
export function benchPage(run: BenchRun): string {
  const { options, seed } = run;
  const facts = factsOf(
    run,
    `${options.rounds} rounds of ${options.seconds} s a figure, seed ${seed}`,
  );
  const summary = summarize(run.samples);
  return htmlPage({
    title: "How fast Pods talk",
    facts,
    warnings: disturbance(run),
    body: [
      charts(run.samples, "two Nodes"),
      charts(run.samples, "one Node"),
      cniChart(run.samples),
      "<h2>What was promised</h2>",
      "<p>Ratios of medians, paired by round; in parentheses the middle half of them. <i>Per CPU</i> is the ratio of what a second of ovs-vswitchd’s processor time carries: others on the machine disturb it less.</p>",
      summary.length > 0 ? table(summary) : "",
      cpuReport(run),
      figureReport(run),
    ].join("\n"),
  });
}

/** One chart a figure: every configuration that was measured, and the floor. */
function charts(samples: readonly Sample[], distance: Distance): string {
  const there = samples.filter((sample) => sample.distance === distance);
  const drawn = trafficMetrics.flatMap((metric) => {
    const bars = trafficBars(there, metric, distance);
    if (bars.length === 0) return [];
    const { title, unit } = metrics[metric];
    return `<h3>${title}, ${unit}</h3>\n${barChart(`${title}, Pods on ${distance}`, bars)}`;
  });
  return drawn.length > 0 ? `<h2>Pods on ${distance}</h2>\n${drawn.join("\n")}` : "";
}

function trafficBars(
  samples: readonly Sample[],
  metric: TrafficMetric,
  distance: Distance,
): readonly Bar[] {
  const floor = distance === "one Node" ? "bare Open vSwitch" : "bare Open vSwitch, Geneve";
  return [
    ...bar(samples, floor, (s) => s.subject === "floor" && s.metric === metric),
    ...setupNames.flatMap((setup) =>
      bar(
        samples,
        setups[setup].title,
        (s) => s.subject === "ours" && s.setup === setup && s.metric === metric,
      ),
    ),
  ];
}

function cniChart(samples: readonly Sample[]): string {
  const bars = (["add", "delete"] as const).flatMap((metric) =>
    podCounts.flatMap((pods) => {
      const there = samples.filter((s) => s.metric === metric && s.pods === pods);
      const vsctl = metric === "add" ? "ovs-vsctl add-port" : "ovs-vsctl del-port";
      return [
        ...bar(there, `${metrics[metric].title}, ${pods} Pods`, (s) => s.subject === "ours"),
        ...bar(there, `${vsctl}, ${pods} ports`, (s) => s.subject === "floor"),
      ];
    }),
  );
  if (bars.length === 0) return "";
  const title = "A Pod's interface, by how many Pods the Node has, ms";
  return `<h2>${title}</h2>\n${barChart(title, bars)}`;
}

/** None if nothing was measured. */
function bar(
  samples: readonly Sample[],
  label: string,
  isMeant: (sample: Sample) => boolean,
): readonly Bar[] {
  const meant = samples.filter(isMeant);
  const spread = spreadOf(meant.flatMap(({ value }) => value ?? []));
  const [first] = meant;
  if (!spread || !first) return [];
  const text = formatValue(first.metric, spread.median);
  return [{ label, spread, text, isFloor: first.subject === "floor" }];
}

function table(rows: readonly SummaryRow[]): string {
  const titles = [
    "Pods on",
    "Measured",
    "Ours",
    "",
    "Against",
    "",
    "Ratio",
    "Per CPU",
    "Wanted",
    "",
  ];
  return htmlTable(titles, rows.map(cells));
}

function cells(row: SummaryRow): string {
  const value = (side: "ours" | "other") => {
    const spread = row[side];
    return spread ? formatValue(row.metric, spread.median) : "";
  };
  const text = (content: string) => `<td>${escapeHtml(content)}</td>`;
  const number = (content: string) => `<td class="number">${escapeHtml(content)}</td>`;
  const verdict = row.verdict === "for information" ? "" : row.verdict;
  return [
    text(row.distance),
    text(metrics[row.metric].title),
    text(row.title),
    number(value("ours")),
    text(row.base),
    number(value("other")),
    number(row.ratio ? formatRatio(row.ratio) : ""),
    number(row.perCpu?.median.toFixed(2) ?? ""),
    number(row.wanted ?? ""),
    `<td class="${row.verdict.replace(" ", "-")}">${escapeHtml([verdict, row.problem].filter(Boolean).join(": "))}</td>`,
  ].join("");
}
