import assert from "node:assert/strict";
import { test } from "node:test";
import { cpuPerGb, formatCpu } from "./cpu-per-gb.ts";
import { sample } from "./testing/bench-run.ts";

const options = { sections: ["modes"], rounds: 1, seconds: 2 } as const;

test("cpuPerGb() divides processor time by what the stream moved, for ours and the floor", () => {
  const cpu = { switchCpuSeconds: 2, agentCpuSeconds: 0.02 };
  const rows = cpuPerGb({
    options,
    samples: [
      sample({ value: 4000, ...cpu }), // a gigabyte in two seconds
      sample({ value: 2000, subject: "floor", switchCpuSeconds: 2 }),
      sample({ metric: "requests", value: 1, ...cpu }),
    ],
  });
  assert.deepEqual(
    rows.map(({ title, switches, agents }) => [title, formatCpu(switches), formatCpu(agents)]),
    [
      ["encap (Geneve)", "2.00 s", "0.02 s"],
      ["bare OVS, Geneve", "4.00 s", ""],
    ],
  );
});

test("cpuPerGb() has no row for what moved nothing", () => {
  assert.deepEqual(cpuPerGb({ options, samples: [sample({ value: undefined })] }), []);
});
