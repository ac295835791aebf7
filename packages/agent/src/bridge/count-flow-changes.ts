import type { Clock, Metrics } from "@antrea/base";
import { agentMetrics as metric } from "../metrics.ts";
import type { FlowSwitch } from "./flow-realizer.ts";

/** The same switch, with what is changed on it counted. */
export function countFlowChanges(
  inner: FlowSwitch,
  metrics: Metrics,
  clock: Pick<Clock, "now">,
): FlowSwitch {
  return {
    dumpFlows: inner.dumpFlows,
    async applyFlows(change) {
      const counts = { add: change.add, modify: change.modify, delete: change.remove };
      const operations = Object.entries(counts).filter(([, flows]) => flows.length > 0);
      const startedMs = clock.now();
      for (const [operation, { length }] of operations)
        metrics.inc(metric.flowOps.name, { operation }, length);
      try {
        await inner.applyFlows(change);
        for (const [operation] of operations)
          metrics.observe(metric.flowOpLatency.name, clock.now() - startedMs, { operation });
      } catch (error) {
        for (const [operation, { length }] of operations)
          metrics.inc(metric.flowOpErrors.name, { operation }, length);
        throw error;
      }
    },
  };
}
