import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger } from "../log.ts";
import { manualClock } from "../testing/clock.ts";
import { collectOwnHeapAtRest } from "./heap-at-rest.ts";
import { prometheusMetrics } from "./metrics.ts";
import { defineProcessMetrics } from "./process-metrics.ts";

test("prometheusMetrics() prints counters, gauges and histograms in the Prometheus text form", async () => {
  const metrics = prometheusMetrics();
  metrics.define(
    { name: "antrea_test_total", kind: "counter", help: "Things", labels: ["kind"] },
    { name: "antrea_test_size_bytes", kind: "gauge", help: "Size" },
    { name: "antrea_test_seconds", kind: "histogram", help: "Time", buckets: [0.1, 1] },
  );
  metrics.inc("antrea_test_total", { kind: "a" });
  metrics.inc("antrea_test_total", { kind: "a" }, 2);
  metrics.onScrape(() => metrics.set("antrea_test_size_bytes", 7));
  metrics.observe("antrea_test_seconds", 0.5);
  const text = await metrics.text();
  assert.match(text, /^antrea_test_total\{kind="a"\} 3$/m);
  assert.match(text, /^antrea_test_size_bytes 7$/m);
  assert.match(text, /^antrea_test_seconds_bucket\{le="1"\} 1$/m);
  assert.match(text, /^# HELP antrea_test_total Things$/m);
});

test("prometheusMetrics() refuses a name twice, an unknown name, and a use that is not the kind's", () => {
  const metrics = prometheusMetrics();
  metrics.define({ name: "a_total", kind: "counter", help: "A" });
  assert.throws(
    () => metrics.define({ name: "a_total", kind: "gauge", help: "A" }),
    /defined once/,
  );
  assert.throws(() => metrics.inc("b_total"), /defined before/);
  assert.throws(() => metrics.observe("a_total", 1), /histogram/);
  assert.throws(() => metrics.set("a_total", 1), /gauge/);
});

test("prometheusMetrics() keeps each instance's numbers to itself", async () => {
  const [one, two] = [prometheusMetrics(), prometheusMetrics()];
  for (const metrics of [one, two]) metrics.define({ name: "a_total", kind: "counter", help: "A" });
  one.inc("a_total");
  assert.match(await two.text(), /^a_total 0$/m);
});

test("prometheusMetrics() waits for what is read at a scrape, and forgets what is replaced", async () => {
  const metrics = prometheusMetrics();
  metrics.define(
    { name: "antrea_test_flows", kind: "gauge", help: "Flows", labels: ["table"] },
    { name: "antrea_test_sum", kind: "gauge", help: "All flows" },
  );
  metrics.replace("antrea_test_flows", [{ labels: { table: "a" }, value: 1 }]);
  metrics.replace("antrea_test_sum", [{ value: 1 }]);
  metrics.onScrape(async () => {
    await new Promise((resolve) => setImmediate(resolve));
    metrics.replace("antrea_test_flows", [{ labels: { table: "b" }, value: 2 }]);
    metrics.replace("antrea_test_sum", []); // not known now: no value, rather than zero
  });
  const samples = (await metrics.text()).split("\n").filter((line) => line.startsWith("antrea"));
  assert.deepEqual(samples, ['antrea_test_flows{table="b"} 2']);
});

test("collectOwnHeapAtRest() ends at once where Node.js was not started with --expose-gc", async (t) => {
  const metrics = prometheusMetrics();
  defineProcessMetrics(metrics);
  const clock = manualClock();
  await collectOwnHeapAtRest({ metrics, clock, log: silentLogger, signal: t.signal });
  assert.match(await metrics.text(), /^nodejs_gc_at_rest_total 0$/m);
});

test("defineProcessMetrics() tells of this process, and only more processor time", async () => {
  const metrics = prometheusMetrics();
  defineProcessMetrics(metrics);
  const read = async (name: string) =>
    Number(new RegExp(`^${name} (.*)$`, "m").exec(await metrics.text())?.[1]);
  const before = await read("process_cpu_seconds_total");
  assert.ok(before > 0);
  assert.ok((await read("process_cpu_seconds_total")) >= before);
  assert.ok((await read("process_resident_memory_bytes")) > 10e6);
  assert.ok((await read("process_open_fds")) > 2);
  assert.ok(Math.abs((await read("process_start_time_seconds")) - Date.now() / 1000) < 600);
});
