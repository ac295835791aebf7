import type { MetricDefinition } from "@antrea/base";
import { metricDefinitions as controllerMetrics } from "@antrea/controller/metrics";
import { openflowMetrics } from "@antrea/openflow";
import { code, page, table } from "./markdown.ts";

/** The page docs/reference/metrics.md: every metric that a room defines. */
export function metricsPage(): string {
  return page(
    "# Metrics",
    "Printed from the rooms' `metrics.ts`; do not edit here. Prometheus text form.",
    "## antrea-controller",
    "Served on `/metrics` beside the health checks, unless `enablePrometheusMetrics` is false.",
    metricTable(controllerMetrics),
    "## OpenFlow connection",
    "Defined by `packages/openflow` for whoever hands `connectSwitch()` a registry. antrea-agent does not serve metrics yet.",
    metricTable(Object.values(openflowMetrics)),
  );
}

function metricTable(metrics: readonly MetricDefinition[]): string {
  return table(
    ["metric", "kind", "labels", "meaning"],
    metrics.map(({ name, kind, labels = [], help }) => [
      code(name),
      kind,
      labels.map(code).join(", "),
      help,
    ]),
  );
}
