import type { Spread } from "./statistics.ts";

export interface Bar {
  readonly label: string;
  readonly spread: Spread;
  /** In words, as it stands behind the bar. */
  readonly text: string;
  /** The floor is drawn in grey: it is what the others are held against. */
  readonly isFloor: boolean;
}

/** Sizes in the units of the picture's own coordinates. */
const size = { width: 760, label: 210, text: 130, row: 30, bar: 18, top: 6 } as const;

/** Horizontal bars of medians from a common zero, each with the middle half of its figures as a line; SVG. */
export function barChart(title: string, bars: readonly Bar[]): string {
  const longest = Math.max(...bars.map(({ spread }) => spread.high), Number.MIN_VALUE);
  const room = size.width - size.label - size.text;
  const at = (value: number) => size.label + (value / longest) * room;
  const height = size.top * 2 + bars.length * size.row;
  return [
    `<svg viewBox="0 0 ${size.width} ${height}" role="img" aria-label="${escapeHtml(title)}">`,
    ...bars.map((bar, i) => row(bar, size.top + i * size.row, at)),
    `<line class="axis" x1="${size.label}" x2="${size.label}" y1="0" y2="${height}"/>`,
    "</svg>",
  ].join("\n");
}

function row(
  { label, spread, text, isFloor }: Bar,
  y: number,
  at: (value: number) => number,
): string {
  const middle = y + size.row / 2;
  const end = at(spread.median);
  const [low, high] = [at(spread.low), at(spread.high)];
  const tip = `${label}: ${text} (${spread.count} figures)`;
  return [
    `<g><title>${escapeHtml(tip)}</title>`,
    `<text class="label" x="${size.label - 10}" y="${middle}" text-anchor="end">${escapeHtml(label)}</text>`,
    `<rect class="${isFloor ? "floor" : "ours"}" x="${size.label}" y="${round(middle - size.bar / 2)}" width="${round(end - size.label)}" height="${size.bar}" rx="2"/>`,
    `<path class="spread" d="M${round(low)} ${middle}H${round(high)}"/>`,
    `<text class="value" x="${round(Math.max(end, high) + 8)}" y="${middle}">${escapeHtml(text)}</text></g>`,
  ].join("");
}

function round(value: number): string {
  return value.toFixed(1);
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

/** Text as it may stand between tags and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"]/g, (character) => entities[character] ?? character);
}
