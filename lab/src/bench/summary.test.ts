import assert from "node:assert/strict";
import { test } from "node:test";
import { formatRatio, formatValue, judge, summarize } from "./summary.ts";
import { sample } from "./testing/bench-run.ts";

const rowOf = (rows: ReturnType<typeof summarize>, title: string) =>
  rows.find((row) => row.title === title) ?? assert.fail(`no row ${title}`);

test("summarize() takes the ratio to the floor within each round, and then the median", () => {
  const rows = summarize([
    sample({ round: 0, value: 100 }),
    sample({ round: 0, value: 50, subject: "floor" }),
    sample({ round: 1, value: 10 }), // everything was slow then
    sample({ round: 1, value: 5, subject: "floor" }),
  ]);
  assert.equal(rows.length, 1);
  assert.deepEqual(rows[0]?.ratio, { median: 2, low: 2, high: 2, count: 2 });
  assert.equal(rows[0]?.verdict, "met");
});

test("summarize() compares two configurations within each round", () => {
  const rows = summarize([
    sample({ round: 0, value: 100 }),
    sample({ round: 0, setup: "hybrid", value: 120 }),
    sample({ round: 1, value: 50 }), // half as fast a machine by then
    sample({ round: 1, setup: "hybrid", value: 60 }),
  ]);
  const row = rowOf(rows, "hybrid (direct)");
  assert.equal(row.base, "encap (Geneve)");
  assert.deepEqual(row.ratio, { median: 1.2, low: 1.2, high: 1.2, count: 2 });
});

test("summarize() tells what could not be measured, and why", () => {
  const rows = summarize([
    sample({ value: undefined, problem: "no route" }),
    sample({ subject: "floor" }),
  ]);
  assert.equal(rows[0]?.verdict, "not measured");
  assert.equal(rows[0]?.problem, "no route");
});

test("summarize() holds CNI calls against limits, at each number of Pods by itself", () => {
  const add = { metric: "add", distance: "one Node", pods: 100 } as const;
  const rows = summarize([
    ...[20, 22, 24, 90].map((value) => sample({ ...add, value })),
    ...[10, 11, 12, 13].map((value) => sample({ ...add, value, subject: "floor" })),
    sample({ ...add, pods: 250, value: 31 }),
  ]);
  const row = rowOf(rows, "antrea, p50, 100 Pods");
  assert.deepEqual([row.ours?.median, row.other?.median, row.ratio?.median], [23, 11.5, 2]);
  assert.deepEqual([row.verdict, row.wanted], ["met", "≤ 30 ms"]);
  assert.equal(rowOf(rows, "antrea, p99, 100 Pods").verdict, "missed");
  assert.equal(rowOf(rows, "antrea, p50, 250 Pods").verdict, "missed");
  assert.equal(rows.length, 4);
});

test("summarize() wants every first ping answered", () => {
  const ping = { metric: "firstPing", distance: "one Node", pods: 10 } as const;
  const verdictOf = (values: readonly number[]) =>
    summarize(values.map((value) => sample({ ...ping, value })))[0]?.verdict;
  assert.equal(verdictOf([100, 100, 100]), "met");
  assert.equal(verdictOf([100, 100, 0]), "missed");
});

test("summarize() tells what a second of the switch's processor time carries", () => {
  const [row] = summarize([
    sample({ value: 100, switchCpuSeconds: 1 }),
    sample({ value: 100, switchCpuSeconds: 2, subject: "floor" }),
  ]);
  assert.equal(row?.perCpu?.median, 2);
});

test("judge() is unsure where some rounds reach what is wanted and the median does not", () => {
  const ratio = { median: 1.08, low: 1, high: 1.2, count: 5 };
  assert.equal(judge(ratio, 1.1), "unsure");
  assert.equal(judge(ratio, 1.5), "missed");
  assert.equal(judge(ratio, 1), "met");
  assert.equal(judge(ratio, undefined), "for information");
  assert.equal(judge(undefined, 1), "not measured");
});

test("formatValue() and formatRatio() write figures as people read them", () => {
  assert.equal(formatValue("requests", 4233.4), "4,233 1/s");
  assert.equal(formatValue("add", 10.26), "10.3 ms");
  assert.equal(formatRatio({ median: 1.234, low: 1.1, high: 1.3, count: 5 }), "1.23 (1.10–1.30)");
  assert.equal(formatRatio({ median: 1.234, low: 1.234, high: 1.234, count: 1 }), "1.23");
});
