import { formatTable } from "@antrea/command";
import { barChart, escapeHtml } from "./bar-chart.ts";
import { factsOf, htmlPage, htmlTable } from "./html-page.ts";
import { type ModeRow, type ModesRun, summarizeModes } from "./modes.ts";
import { disturbance } from "./report-text.ts";
import { formatRatio, formatValue } from "./summary.ts";

const columns: readonly {
  readonly title: string;
  readonly cell: (row: ModeRow) => string | undefined;
}[] = [
  { title: "mode", cell: (row) => row.title },
  { title: "throughput", cell: throughput },
  { title: "of encap", cell: ({ ratio }) => ratio && formatRatio(ratio) },
  { title: "sent again", cell: (row) => row.retransmissions?.median.toFixed(0) },
];

const method =
  "Medians of rounds; in parentheses the middle half of the ratios, each taken within its round. The two Pods run on two Nodes of one subnet, where hybrid goes direct.";

/** The table for a terminal. */
export function formatModes(run: ModesRun): string {
  const upper = columns.map(({ title, cell }) => ({ title: title.toUpperCase(), cell }));
  const table = formatTable(upper, summarizeModes(run.samples)).trimEnd();
  return [run.command, "", table, "", method, ...remarks(run)].join("\n");
}

/** What a reader must know before believing the figures. */
function remarks(run: ModesRun): readonly string[] {
  const problems = summarizeModes(run.samples).flatMap(({ title, problem }) =>
    problem ? [`Could not be measured: ${title}: ${problem}`] : [],
  );
  return [...disturbance(run), ...problems];
}

/** The chart and the table for a browser. */
export function modesPage(run: ModesRun): string {
  const rows = summarizeModes(run.samples);
  const { rounds, seconds } = run.options;
  const bars = rows.flatMap((row) =>
    row.mbps
      ? [{ label: row.title, spread: row.mbps, text: throughput(row) ?? "", isFloor: false }]
      : [],
  );
  const cells = (row: ModeRow) =>
    columns.map(({ cell }) => `<td>${escapeHtml(cell(row) ?? "")}</td>`).join("");
  return htmlPage({
    title: "Traffic modes compared",
    facts: factsOf(run, `${rounds} rounds of ${seconds} s, seed ${run.seed}`),
    warnings: remarks(run),
    body: [
      `<p><code>${escapeHtml(run.command)}</code></p>`,
      `<h2>Throughput, Mbit/s</h2>`,
      barChart("Throughput of each traffic mode", bars),
      htmlTable(
        columns.map(({ title }) => title),
        rows.map(cells),
      ),
      `<p>${escapeHtml(method)}</p>`,
    ].join("\n"),
  });
}

function throughput({ mbps }: ModeRow): string | undefined {
  return mbps && formatValue("stream", mbps.median);
}
