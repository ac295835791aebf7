import { type Bar, barChart, escapeHtml } from "./bar-chart.ts";
import type { BenchRun } from "./bench-run.ts";
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
  const { surroundings, options, startedAt, seed } = run;
  const facts = [
    startedAt.slice(0, 16).replace("T", " "),
    `${surroundings.processors} × ${surroundings.processor}`,
    `Linux ${surroundings.kernel}`,
    `Open vSwitch ${surroundings.openVSwitch}, user-space datapath`,
    `${options.rounds} rounds of ${options.seconds} s a figure, seed ${seed}`,
    `load ${surroundings.loadBefore.toFixed(1)} before, ${surroundings.loadAfter.toFixed(1)} after`,
  ];
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>antrea-lab bench</title>
<style>
${style}
</style>
</head>
<body>
<h1>How fast Pods talk</h1>
<p class="facts">${facts.map(escapeHtml).join(" · ")}</p>
${disturbance(run)
  .map((text) => `<p class="warning">${escapeHtml(text)}</p>`)
  .join("\n")}
${charts(run.samples, "two Nodes")}
${charts(run.samples, "one Node")}
${cniChart(run.samples)}
<h2>What was promised</h2>
<p>Ratios of medians, paired by round; in parentheses the middle half of them. Where two configurations are compared, each is taken in units of the bare Open vSwitch that was measured beside it. <i>Per CPU</i> is the ratio of what a second of ovs-vswitchd’s processor time carries: others on the machine disturb it less.</p>
${table(summarize(run.samples))}
</body>
</html>
`;
}

const style = `:root { color-scheme: light dark; --ink: #1b1f24; --soft: #5a6470; --ours: #2a6fb0; --floor: #a9b1ba; --line: #d5dae0; --page: #fff; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ebee; --soft: #9aa4af; --ours: #5b9bd8; --floor: #5d6670; --line: #3a424b; --page: #15181c; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page); max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin-bottom: 0; } h2 { font-size: 1.15rem; margin: 2rem 0 .25rem; } h3 { font-size: 1rem; font-weight: 600; margin: 1rem 0 0; }
.facts { color: var(--soft); margin-top: .25rem; } .warning { border-left: 3px solid #c27c0e; padding-left: .75rem; }
svg { width: 100%; height: auto; } svg text { font-size: 13px; fill: var(--ink); dominant-baseline: central; }
svg .value { fill: var(--soft); } .ours { fill: var(--ours); } .floor { fill: var(--floor); }
.axis { stroke: var(--line); } .spread { stroke: var(--ink); stroke-width: 1.5; fill: none; }
table { border-collapse: collapse; width: 100%; font-size: 14px; } th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 600; } td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.scroll { overflow-x: auto; } .met { color: #1a7f37; } .missed, .not-measured { color: #c03221; font-weight: 600; } .unsure { color: #9a6700; }`;

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
  const bars = (["add", "delete"] as const).flatMap((metric) => [
    ...bar(samples, metrics[metric].title, (s) => s.subject === "ours" && s.metric === metric),
    ...bar(
      samples,
      metric === "add" ? "ovs-vsctl add-port" : "ovs-vsctl del-port",
      (s) => s.subject === "floor" && s.metric === metric,
    ),
  ]);
  if (bars.length === 0) return "";
  const title = "A Pod's interface, first ten Pods of a Node, ms";
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
  return [
    '<div class="scroll"><table>',
    `<tr>${titles.map((title) => `<th>${title}</th>`).join("")}</tr>`,
    ...rows.map((row) => `<tr>${cells(row)}</tr>`),
    "</table></div>",
  ].join("\n");
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
