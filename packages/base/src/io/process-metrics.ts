import { readdir } from "node:fs/promises";
import { performance } from "node:perf_hooks";
import type { Metrics } from "../metrics.ts";
import { processMetrics as metric } from "../process-metrics.ts";

/** Tells of this process at each scrape. Nothing runs between scrapes. */
export function defineProcessMetrics(metrics: Metrics): void {
  metrics.define(...Object.values(metric));
  metrics.set(metric.start.name, performance.timeOrigin / 1000);
  let toldCpuSeconds = 0;
  let loop = performance.eventLoopUtilization();

  metrics.onScrape(async () => {
    const { user, system } = process.cpuUsage();
    const cpuSeconds = (user + system) / 1e6;
    metrics.inc(metric.cpu.name, {}, cpuSeconds - toldCpuSeconds);
    toldCpuSeconds = cpuSeconds;
    const { rss, heapUsed } = process.memoryUsage();
    metrics.set(metric.resident.name, rss);
    metrics.set(metric.heap.name, heapUsed);
    const now = performance.eventLoopUtilization();
    metrics.set(
      metric.eventLoopUtilization.name,
      performance.eventLoopUtilization(now, loop).utilization,
    );
    loop = now;
    metrics.set(metric.openFiles.name, (await readdir("/proc/self/fd")).length);
  });
}
