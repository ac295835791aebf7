import { formatTable } from "@antrea/command";
import { barChart, escapeHtml } from "./bar-chart.ts";
import { isDisturbed } from "./bench-run.ts";
import { factsOf, htmlPage, htmlTable } from "./html-page.ts";
import {
  compareModes,
  type FigureComparison,
  type FigureValue,
  figureValues,
  type ModeFigure,
  modeFigureNames,
  modeFigures,
  roundsNeeded,
  spreadOfFigure,
} from "./mode-comparison.ts";
import {
  type ComparedMode,
  comparedModes,
  type ModeRow,
  type ModesRun,
  nameOf,
  summarizeModes,
} from "./modes.ts";
import { type Recommendation, recommendMode } from "./recommend-mode.ts";
import { disturbance } from "./report-text.ts";
import { formatRatio, formatValue } from "./summary.ts";

interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => string | undefined;
}

const guideColumns: readonly Column<ModeRow>[] = [
  { title: "mode", cell: (row) => row.title },
  { title: "throughput", cell: ({ mbps }) => mbps && formatValue("stream", mbps.median) },
  { title: "of encap", cell: ({ ratio }) => ratio && formatRatio(ratio) },
  { title: "sent again", cell: (row) => row.retransmissions?.median.toFixed(0) },
];

/** One figure in all modes, and the others against the first. */
interface FigureRow {
  readonly figure: ModeFigure;
  readonly values: Readonly<Record<ComparedMode, string | undefined>>;
  readonly comparisons: readonly FigureComparison[];
}

const comparisonOf = (row: FigureRow, mode: ComparedMode) =>
  row.comparisons.find((one) => one.mode === mode);

const figureColumns: readonly Column<FigureRow>[] = [
  { title: "measured", cell: ({ figure }) => modeFigures[figure].title },
  { title: nameOf(comparedModes[0]), cell: ({ values }) => values[comparedModes[0]] },
  ...comparedModes.slice(1).flatMap((mode): readonly Column<FigureRow>[] => [
    { title: nameOf(mode), cell: ({ values }) => values[mode] },
    {
      title: "of encap",
      cell: (row) => {
        const ratio = comparisonOf(row, mode)?.ratio;
        return ratio && formatRatio(ratio);
      },
    },
    { title: "", cell: (row) => comparisonOf(row, mode)?.difference },
  ]),
];

function figureRows(values: readonly FigureValue[]): readonly FigureRow[] {
  const valueOf = (figure: ModeFigure, mode: ComparedMode) => {
    const spread = spreadOfFigure(values, figure, mode);
    return spread && modeFigures[figure].format(spread);
  };
  const [base, ...others] = comparedModes;
  const compared = others.flatMap((mode) => compareModes(values, mode, base));
  return modeFigureNames
    .filter((figure) => values.some((one) => one.figure === figure))
    .map((figure) => ({
      figure,
      values: {
        tunnel: valueOf(figure, "tunnel"),
        hybrid: valueOf(figure, "hybrid"),
        noEncap: valueOf(figure, "noEncap"),
      },
      comparisons: compared.filter((one) => one.figure === figure),
    }));
}

/** What agents said of the network in one mode. */
interface NetworkRow {
  readonly mode: ComparedMode;
  readonly network: NonNullable<ModesRun["network"][ComparedMode]>;
}

const networkColumns: readonly Column<NetworkRow>[] = [
  { title: "mode", cell: ({ mode }) => nameOf(mode) },
  { title: "ways between Nodes", cell: ({ network }) => pathsText(network.paths) },
  {
    title: "MTU of Pods",
    cell: ({ network: { podMtu, transportMtu } }) =>
      podMtu === undefined ? undefined : `${podMtu} of ${transportMtu ?? "?"}`,
  },
  {
    title: "routes of the network",
    cell: ({ network: { routesOfNetwork, missing } }) =>
      `${routesOfNetwork.length}${missing.length > 0 ? `, MISSING: ${missing.join("; ")}` : ""}`,
  },
];

function pathsText({ onLink, routed, tunnel, none }: NetworkRow["network"]["paths"]): string {
  const kinds = { "direct on the link": onLink, routed, "by tunnel": tunnel, "no path": none };
  const texts = Object.entries(kinds).flatMap(([kind, n]) => (n > 0 ? [`${n} ${kind}`] : []));
  return texts.join(", ");
}

function networkRows({ network }: ModesRun): readonly NetworkRow[] {
  return comparedModes.flatMap((mode) => {
    const seen = network[mode];
    return seen ? [{ mode, network: seen }] : [];
  });
}

const method =
  "Medians of rounds; in parentheses the middle half of the ratios, each taken within its round. " +
  `A figure is better or worse where the ratio is 3 % or more and so many of at least ${roundsNeeded} rounds agree that chance alone would do it once in 32 times.`;

function placeOf({ options: { subnets, hasRoutes } }: ModesRun): string {
  const routes = hasRoutes ? ", with a route for each Node's Pods" : "";
  return subnets === 1
    ? `The two Pods run on two Nodes of one subnet${routes}.`
    : `The two Pods run on two Nodes of different subnets${routes}.`;
}

function recommendationOf(run: ModesRun, values: readonly FigureValue[]): Recommendation {
  return recommendMode(values, run.network, isDisturbed(run.surroundings));
}

/** What `-o json` prints, and the file `modes.json` has. */
export function modesData(run: ModesRun) {
  const values = figureValues(run);
  const [base, ...others] = comparedModes;
  return {
    ...run,
    summary: summarizeModes(run.samples),
    comparison: others.flatMap((mode) => compareModes(values, mode, base)),
    recommendation: recommendationOf(run, values),
  };
}

/** The tables for a terminal, and the recommendation. */
export function formatModes(run: ModesRun): string {
  const values = figureValues(run);
  return [
    run.command,
    "",
    textTable(guideColumns, summarizeModes(run.samples)),
    "",
    textTable(figureColumns, figureRows(values)),
    "",
    textTable(networkColumns, networkRows(run)),
    "",
    `${placeOf(run)} ${method}`,
    ...remarks(run),
    "",
    ...recommendationLines(recommendationOf(run, values)),
  ].join("\n");
}

function textTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const upper = columns.map(({ title, cell }) => ({ title: title.toUpperCase(), cell }));
  return formatTable(upper, rows).trimEnd();
}

function recommendationLines(recommendation: Recommendation): readonly string[] {
  const { headline, reasons, costs } = recommendation;
  const list = (sentences: readonly string[]) => sentences.map((sentence) => `  - ${sentence}`);
  return [headline, ...list(reasons), `What ${nameOf(recommendation.mode)} costs:`, ...list(costs)];
}

/** What a reader must know before believing the figures. */
function remarks(run: ModesRun): readonly string[] {
  const problems = [
    ...summarizeModes(run.samples).flatMap(({ title, problem }) =>
      problem ? [`${title}: ${problem}`] : [],
    ),
    ...comparedModes.flatMap((mode) =>
      run.depth.flatMap(({ setup, problem }) =>
        setup === mode && problem ? [`${nameOf(mode)}: ${problem}`] : [],
      ),
    ),
  ];
  return [
    ...disturbance(run),
    ...[...new Set(problems)].map((problem) => `Could not be measured: ${problem}`),
  ];
}

/** Recommendation, charts and tables for a browser. */
export function modesPage(run: ModesRun): string {
  const values = figureValues(run);
  const { rounds, seconds, figureSeconds } = run.options;
  const how = `${rounds} rounds of ${seconds} s of iperf3 and ${figureSeconds} s a figure, seed ${run.seed}`;
  return htmlPage({
    title: "Traffic modes compared",
    facts: factsOf(run, how),
    warnings: remarks(run),
    body: [
      recommendationMarkup(recommendationOf(run, values)),
      "<h2>As in the guide</h2>",
      `<p><code>${escapeHtml(run.command)}</code></p>`,
      chart(values, "guide"),
      markupTable(guideColumns, summarizeModes(run.samples)),
      "<h2>In depth</h2>",
      ...modeFigureNames.filter((figure) => figure !== "guide").map((one) => chart(values, one)),
      "<h2>Figure by figure</h2>",
      markupTable(figureColumns, figureRows(values)),
      "<h2>What agents say of the network</h2>",
      markupTable(networkColumns, networkRows(run)),
      `<p>${escapeHtml(`${placeOf(run)} ${method}`)}</p>`,
    ].join("\n"),
  });
}

function recommendationMarkup({ mode, headline, reasons, costs }: Recommendation): string {
  const list = (sentences: readonly string[]) =>
    `<ul>${sentences.map((sentence) => `<li>${escapeHtml(sentence)}</li>`).join("")}</ul>`;
  return [
    "<h2>Which mode for this network</h2>",
    `<p><b>${escapeHtml(headline)}</b></p>`,
    list(reasons),
    `<h3>What ${nameOf(mode)} costs</h3>`,
    list(costs),
  ].join("\n");
}

/** Nothing where no mode has the figure. */
function chart(values: readonly FigureValue[], figure: ModeFigure): string {
  const { title, unit, better, format } = modeFigures[figure];
  const bars = comparedModes.flatMap((mode) => {
    const spread = spreadOfFigure(values, figure, mode);
    return spread ? [{ label: nameOf(mode), spread, text: format(spread), isFloor: false }] : [];
  });
  if (bars.length === 0) return "";
  const heading = `${title}, ${unit}${better === "small" ? "; less is better" : ""}`;
  return `<h3>${escapeHtml(heading)}</h3>\n${barChart(`${title} in each traffic mode`, bars)}`;
}

function markupTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const cells = (row: Row) =>
    columns.map(({ cell }) => `<td>${escapeHtml(cell(row) ?? "")}</td>`).join("");
  return htmlTable(
    columns.map(({ title }) => title),
    rows.map(cells),
  );
}
