import assert from "node:assert/strict";
import { test } from "node:test";
import { barChart } from "./bar-chart.ts";
import { benchPage } from "./report-html.ts";
import { figuresBegin, figuresEnd, withFigures } from "./report-markdown.ts";
import { formatBench } from "./report-text.ts";
import { benchRun, sample } from "./testing/bench-run.ts";

const run = benchRun([
  sample({ value: 400 }),
  sample({ value: 300, subject: "floor" }),
  sample({ setup: "hybrid", value: 500 }),
  sample({ setup: "hybrid", value: 300, subject: "floor" }),
]);

test("benchPage() draws each configuration and the floor, and needs nothing from elsewhere", () => {
  const page = benchPage(run);
  for (const label of ["bare Open vSwitch, Geneve", "encap (Geneve)", "hybrid (direct)"])
    assert.ok(page.includes(`text-anchor="end">${label}</text>`), label);
  assert.doesNotMatch(page, /https?:|src=|<script|@import/);
});

test("benchPage() writes what programs said as text, never as markup", () => {
  const page = benchPage(benchRun([sample({ value: undefined, problem: "<b>&" })]));
  assert.ok(page.includes("&lt;b&gt;&amp;"));
  assert.ok(page.includes("a &lt;fast&gt; one"));
});

test("benchPage() says that others used the machine", () => {
  assert.doesNotMatch(benchPage(run), /class="warning"/);
  const busy = { ...run, surroundings: { ...run.surroundings, loadBefore: 9 } };
  assert.match(benchPage(busy), /class="warning">The machine was not quiet: 9\.0/);
});

test("barChart() draws lengths in proportion from a common zero", () => {
  const bar = (median: number, isFloor: boolean) => ({
    label: "a",
    text: "b",
    spread: { median, low: median, high: median, count: 1 },
    isFloor,
  });
  const widths = [
    ...barChart("c", [bar(100, true), bar(50, false)]).matchAll(/rect .*? width="([\d.]+)"/g),
  ];
  const [long, short] = widths.map(([, width]) => Number(width));
  assert.equal(long, 420);
  assert.equal(short, 210);
});

test("formatBench() gives a line for each promise, and where the figures come from", () => {
  const text = formatBench(run);
  assert.match(
    text,
    /TCP stream +encap \(Geneve\) +400 Mbit\/s +bare OVS, Geneve +300 Mbit\/s +1\.33/,
  );
  assert.match(
    text,
    /TCP stream +hybrid \(direct\) +500 Mbit\/s +encap \(Geneve\) +400 Mbit\/s +1\.25/,
  );
  assert.doesNotMatch(text, /not quiet/);
});

test("withFigures() replaces what stands between the marks, and nothing else", () => {
  const document = `before\n${figuresBegin}\nold\n${figuresEnd}\nafter\n`;
  const once = withFigures(document, run) ?? assert.fail("the document has marks");
  assert.match(once, /^before\n[^]*\| hybrid \(direct\) \| 500 Mbit\/s \|[^]*\nafter\n$/);
  assert.doesNotMatch(once, /old/);
  assert.equal(withFigures(once, run), once);
  assert.equal(withFigures("no marks", run), undefined);
});
