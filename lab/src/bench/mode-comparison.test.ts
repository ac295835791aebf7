import assert from "node:assert/strict";
import { test } from "node:test";
import {
  chanceOfAgreeing,
  compareModes,
  figureValues,
  judgeRatios,
  spreadOfFigure,
} from "./mode-comparison.ts";
import { sample } from "./testing/bench-run.ts";
import { depthSamples, modesRun } from "./testing/modes-run.ts";

test("judgeRatios() takes a difference for one only where enough rounds agree", () => {
  assert.equal(judgeRatios([1.1, 1.2, 1.1, 1.05, 1.01]), "better");
  assert.equal(judgeRatios([0.9, 0.8, 0.9, 0.95, 0.99]), "worse");
  assert.equal(judgeRatios([1.1, 1.2, 1.1, 1.05, 0.99]), "rounds disagree");
  assert.equal(judgeRatios([1.02, 1.02, 1.02, 1.02, 1.02]), "no difference");
  assert.equal(judgeRatios([1.5, 1.5, 1.5, 1.5]), "too few rounds");
  assert.equal(judgeRatios([]), "not measured");
});

test("judgeRatios() lets one of ten rounds be other", () => {
  const nine = Array.from({ length: 9 }, () => 1.1);
  assert.equal(judgeRatios([...nine, 0.9]), "better");
  assert.equal(judgeRatios([...nine.slice(1), 0.9, 0.9]), "rounds disagree");
});

test("chanceOfAgreeing() is that of coins", () => {
  assert.equal(chanceOfAgreeing(5, 5), 1 / 32);
  assert.equal(chanceOfAgreeing(9, 10), 11 / 1024);
  assert.equal(chanceOfAgreeing(0, 3), 1);
});

test("figureValues() has the guide's figure, those in depth and processor time, without what failed", () => {
  const values = figureValues(
    modesRun({
      samples: [
        { round: 0, mode: "tunnel", result: { mbps: 400, retransmissions: 5 } },
        { round: 0, mode: "hybrid", problem: "refused" },
      ],
      depth: [
        // a gigabyte in two seconds
        sample({ value: 4000, switchCpuSeconds: 3, agentCpuSeconds: 0.02 }),
        sample({ metric: "requests", value: 5000, switchCpuSeconds: 2 }),
        sample({ metric: "connects", value: undefined, problem: "refused" }),
        sample({ setup: "tso", value: 9 }),
      ],
    }),
  );
  assert.deepEqual(
    values.map(({ figure, value }) => [figure, value]),
    [
      ["guide", 400],
      ["stream", 4000],
      ["switchCpu", 3],
      ["agentCpu", 0.02],
      ["requests", 5000],
    ],
  );
  assert.equal(spreadOfFigure(values, "stream", "tunnel")?.median, 4000);
  assert.equal(spreadOfFigure(values, "stream", "hybrid"), undefined);
});

test("compareModes() pairs rounds, and takes less processor time for better", () => {
  const cpu = (setup: "tunnel" | "hybrid", seconds: number) =>
    [0, 1, 2, 3, 4].map((round) =>
      sample({ setup, round, value: 4000 * (round + 1), switchCpuSeconds: seconds * (round + 1) }),
    );
  const values = figureValues(modesRun({ depth: [...cpu("tunnel", 2), ...cpu("hybrid", 1)] }));
  const of = (figure: string) =>
    compareModes(values, "hybrid", "tunnel").find((one) => one.figure === figure);
  assert.equal(of("switchCpu")?.ratio?.median, 0.5);
  assert.equal(of("switchCpu")?.difference, "better");
  assert.equal(of("stream")?.difference, "no difference");
  assert.equal(of("guide")?.difference, "not measured");
});

test("compareModes() leaves out rounds that lack one of the two", () => {
  const depth = depthSamples({ tunnel: [1, 1], hybrid: [2, 2, 2, 2, 2] });
  const [, stream] = compareModes(figureValues(modesRun({ depth })), "hybrid", "tunnel");
  assert.equal(stream?.ratio?.count, 2);
  assert.equal(stream?.difference, "too few rounds");
});

test("compareModes() takes no ratio to nothing: an agent may use less than a tick", () => {
  const idle = { value: 4000, switchCpuSeconds: 1, agentCpuSeconds: 0 };
  const depth = [sample(idle), sample({ ...idle, setup: "hybrid", agentCpuSeconds: 0.01 })];
  const compared = compareModes(figureValues(modesRun({ depth })), "hybrid", "tunnel");
  const agent = compared.find(({ figure }) => figure === "agentCpu");
  assert.equal(agent?.ratio, undefined);
  assert.equal(agent?.difference, "not measured");
});
