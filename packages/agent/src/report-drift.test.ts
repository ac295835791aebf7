import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger } from "@antrea/base";
import { manualClock } from "@antrea/base/testing";
import type { Note } from "@antrea/kube";
import { driftReporter } from "./report-drift.ts";

test("driftReporter() notes on the Node what was put back, together what came together, and how much more", async () => {
  const notes: Note[] = [];
  const counts = new Map<string, number>();
  const clock = manualClock();
  const report = driftReporter({
    node: { name: "node-1", uid: "u-1" },
    note: (note) => void notes.push(note),
    onCorrected: (part, count) => void counts.set(part, (counts.get(part) ?? 0) + count),
    clock,
    signal: new AbortController().signal,
    log: silentLogger,
  });
  const second = async () => {
    clock.advance(1_000);
    await new Promise((resolve) => setImmediate(resolve));
  };
  report("bridge", ["+ Port antrea-gw0"]);
  report("host", ["+ route 254 10.244.2.0/24 metric 0"]);
  await second();
  report("flows", ["+ 1", "+ 2", "+ 3", "+ 4", "+ 5", "+ 6", "+ 7", "+ 8"]);
  await second();
  report(
    "flows",
    Array.from({ length: 90 }, (_, i) => `~ ${i}`),
  );
  report("bridge", ["~ Bridge br-int fail_mode"]);
  await second();
  await second();

  assert.deepEqual(
    notes.map(({ reason, type, regarding }) => [reason, type, regarding.kind, regarding.uid]),
    Array.from({ length: 3 }, () => ["DriftCorrected", "Warning", "Node", "u-1"]),
  );
  assert.deepEqual(Object.fromEntries(counts), { bridge: 2, host: 1, flows: 98 });
  const [first = "", many = "", both = ""] = notes.map(({ message }) => message);
  assert.match(first, /: bridge \+ Port antrea-gw0; host \+ route 254 10\.244\.2\.0\/24 metric 0$/);
  assert.match(many, /flows \+ 6; and 2 more$/);
  assert.match(both, /flows ~ 4; bridge ~ Bridge br-int fail_mode; and 85 more$/);
});
