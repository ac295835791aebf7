import assert from "node:assert/strict";
import { test } from "node:test";
import { expectGolden } from "@antrea/base/testing";
import { formatModes, modesData, modesPage } from "./modes-report.ts";
import { depthSamples, modesRun, oneSubnet, withoutRoutes } from "./testing/modes-run.ts";

const golden = (name: string) => new URL(`../../testdata/${name}`, import.meta.url);

const rounds = [0, 1, 2, 3, 4];
const run = modesRun({
  samples: rounds.flatMap((round) => [
    { round, mode: "tunnel", result: { mbps: 400 + round, retransmissions: 5 } } as const,
    { round, mode: "hybrid", result: { mbps: 500 + round, retransmissions: 7 } } as const,
    { round, mode: "noEncap", result: { mbps: 500 - round, retransmissions: 7 } } as const,
  ]),
  depth: depthSamples(
    {
      tunnel: [1, 1.02, 0.98, 1, 1],
      hybrid: [1.2, 1.21, 1.19, 1.2, 1.2],
      noEncap: [1.2, 1.3, 1.1, 1.25, 1.2],
    },
    { connects: { tunnel: [1, 1, 1, 1, 1], hybrid: [1.2, 0.8, 1.2, 0.8, 1.2] } },
  ).map((sample) => ({ ...sample, switchCpuSeconds: 1.5, agentCpuSeconds: 0.02 })),
  network: oneSubnet,
});

test("formatModes() and modesPage() print tables, charts and the recommendation", () => {
  expectGolden(golden("modes.txt"), `${formatModes(run)}\n`);
  expectGolden(golden("modes.html"), modesPage(run));
});

test("modesPage() draws a bar for each mode that has the figure, and needs nothing from elsewhere", () => {
  const page = modesPage(run);
  const bars = (label: string) => page.split(`text-anchor="end">${label}</text>`).length - 1;
  assert.equal(bars("encap"), 7);
  assert.equal(bars("hybrid"), 7);
  assert.equal(bars("noEncap"), 6);
  assert.doesNotMatch(page, /https?:|src=|<script|@import/);
});

test("formatModes() and modesPage() tell what could not be measured, once", () => {
  const broken = modesRun({
    samples: [
      { round: 0, mode: "noEncap", problem: "<refused>" },
      { round: 1, mode: "noEncap", problem: "<refused>" },
    ],
    network: withoutRoutes,
  });
  const lines = formatModes(broken).split("\n");
  assert.deepEqual(
    lines.filter((line) => line.startsWith("Could not")),
    ["Could not be measured: noEncap: <refused>"],
  );
  assert.match(formatModes(broken), /2, MISSING: node-2: 10\.244\.2\.1 does not answer/);
  assert.ok(modesPage(broken).includes("&lt;refused&gt;"));
});

test("modesData() has the comparison and the recommendation beside all figures", () => {
  const { depth, comparison, recommendation } = modesData(run);
  assert.equal(depth.length, run.depth.length);
  assert.equal(comparison.length, 14);
  assert.equal(recommendation.mode, "hybrid");
});

test("modesData() recommends nothing by speed where the load before says that others were at work", () => {
  const busy = { ...run, surroundings: { ...run.surroundings, loadBefore: 19 } };
  assert.equal(modesData(busy).recommendation.mode, "tunnel");
  assert.match(formatModes(busy), /^Stay with encap: others used the machine/m);
});
