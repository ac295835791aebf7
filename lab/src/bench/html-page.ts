import { escapeHtml } from "./bar-chart.ts";
import type { BenchRun } from "./bench-run.ts";

export interface PageParts {
  readonly title: string;
  /** What a reader must know first: when, on what. */
  readonly facts: readonly string[];
  readonly warnings: readonly string[];
  /** Markup. */
  readonly body: string;
}

/** One page with everything in it: it can be mailed, and opened without a network. */
export function htmlPage({ title, facts, warnings, body }: PageParts): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>antrea-lab: ${escapeHtml(title)}</title>
<style>
${style}
</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
<p class="facts">${facts.map(escapeHtml).join(" · ")}</p>
${warnings.map((text) => `<p class="warning">${escapeHtml(text)}</p>`).join("\n")}
${body}
</body>
</html>
`;
}

/** A table with these titles; each row is its cells as markup, with their `<td>`. */
export function htmlTable(titles: readonly string[], rows: readonly string[]): string {
  return [
    '<div class="scroll"><table>',
    `<tr>${titles.map((title) => `<th>${escapeHtml(title)}</th>`).join("")}</tr>`,
    ...rows.map((row) => `<tr>${row}</tr>`),
    "</table></div>",
  ].join("\n");
}

/** When and on what something was measured, and how. */
export function factsOf(
  { startedAt, surroundings }: Pick<BenchRun, "startedAt" | "surroundings">,
  how: string,
): readonly string[] {
  return [
    startedAt.slice(0, 16).replace("T", " "),
    `${surroundings.processors} × ${surroundings.processor}`,
    `Linux ${surroundings.kernel}`,
    `Open vSwitch ${surroundings.openVSwitch}, user-space datapath`,
    how,
    `load ${surroundings.loadBefore.toFixed(1)} before, ${surroundings.loadAfter.toFixed(1)} after`,
  ];
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
