import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type FigureSample,
  figures,
  formatFigure,
  judgeAtMost,
  summarizeFigures,
} from "./figures.ts";
import { benchPage } from "./report-html.ts";
import { withFigures, figuresBegin, figuresEnd } from "./report-markdown.ts";
import { formatBench } from "./report-text.ts";
import { benchRun } from "./testing/bench-run.ts";

const added = (round: number, value: number, other: number): FigureSample => ({
  figure: "flowsAdded",
  round,
  value,
  other,
});

test("summarizeFigures() takes ratios within each round, and holds their median against the limit", () => {
  const [row] = summarizeFigures([added(0, 1, 1), added(1, 40, 20), added(2, 1.4, 1)]);
  assert.equal(row?.ratio?.median, 1.4);
  assert.equal(row?.wanted, "≤ 1.5 ×");
  assert.equal(row?.verdict, "met");
});

test("summarizeFigures() holds a value against its limit, whatever stands beside it", () => {
  const [row] = summarizeFigures([{ figure: "peerTime", round: 0, value: 6, other: 6 }]);
  assert.equal(row?.verdict, "missed");
  assert.equal(row?.wanted, "≤ 5 ms");
});

test("summarizeFigures() says what could not be measured, and why", () => {
  const [row] = summarizeFigures([
    { figure: "agentRss100", round: 0, value: undefined, problem: "it has ended" },
  ]);
  assert.equal(row?.verdict, "not measured");
  assert.equal(row?.problem, "it has ended");
});

test("summarizeFigures() keeps the order of the list of figures", () => {
  const names = Object.keys(figures) as (keyof typeof figures)[];
  const rows = summarizeFigures(
    names.toReversed().map((figure) => ({ figure, round: 0, value: 1 })),
  );
  assert.deepEqual(
    rows.map(({ name }) => name),
    names,
  );
});

test("judgeAtMost() is unsure where some rounds keep the limit and the median does not", () => {
  const ratio = { median: 1.6, low: 1.4, high: 2, count: 5 };
  assert.equal(judgeAtMost(ratio, 1.5), "unsure");
  assert.equal(judgeAtMost(ratio, 1.3), "missed");
  assert.equal(judgeAtMost(ratio, 1.6), "met");
  assert.equal(judgeAtMost(ratio, undefined), "for information");
  assert.equal(judgeAtMost(undefined, 1.5), "not measured");
});

test("formatFigure() writes a figure with its unit", () => {
  assert.equal(formatFigure(figures.flowsAdded, 1.236), "1.24 s");
  assert.equal(formatFigure(figures.agentRss100, 103.6), "104 MB");
});

test("reports show what is measured beside the traffic, also where there is no traffic", () => {
  const run = benchRun([], [added(0, 1.2, 1), { figure: "agentRss100", round: 0, value: 120 }]);
  assert.match(
    formatBench(run),
    /100,000 flows sent in one bundle +1\.20 s +ovs-ofctl --bundle add-flows +1\.00 s +1\.20 +≤ 1\.5 × +met/,
  );
  const page = benchPage(run);
  assert.match(page, /aria-label="100,000 flows sent in one bundle, s"/);
  assert.match(page, /<td class="missed">missed<\/td>/);
  const text = withFigures(`${figuresBegin}\n${figuresEnd}\n`, run) ?? "";
  assert.match(
    text,
    /\| agent with 100 Pods, resident \| 120 MB \| +\| +\| +\| ≤ 110 MB \| missed \|/,
  );
  assert.doesNotMatch(text, /Pods on/);
});
