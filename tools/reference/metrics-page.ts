import { agentMetrics } from "@antrea/agent/metrics";
import { type MetricDefinition, processMetrics } from "@antrea/base";
import { metricDefinitions as controllerMetrics } from "@antrea/controller/metrics";
import { apiMetrics } from "@antrea/kube";
import { openflowMetrics } from "@antrea/openflow";
import { code, page, table } from "./markdown.ts";

/** The page docs/reference/metrics.md: every metric that a room defines. */
export function metricsPage(): string {
  return page(
    "# Metrics",
    "Printed from the rooms' `metrics.ts`; do not edit here. Prometheus text form.",
    "## antrea-agent",
    "In plain HTTP on the Node's 127.0.0.1:10349, unless `enablePrometheusMetrics` is false. Nothing else of the network reaches it: `kubectl -n kube-system port-forward ds/antrea-agent 10349:10349` does, for whom Kubernetes lets (`pods/portforward`), and so do programs of the Node itself. `/livez`, `/healthz` and `/readyz` are there too; each takes `?verbose`, `?exclude=CHECK` and `/CHECK`. If somebody else has the port, the agent says so in its log and goes on without.",
    "In TLS on every address of the Node, port 10350 (`apiPort`), for whom RBAC lets get `/metrics` (nonResourceURLs): so Prometheus scrapes agents from another Node, with the token of its ServiceAccount. Whom to trust is in the AntreaAgentInfo (`apiCABundle`). [The guide](../guides/watch-a-node.md) has the rules.",
    metricTable(Object.values(agentMetrics)),
    "Of its OpenFlow connection to the bridge:",
    metricTable(Object.values(openflowMetrics)),
    "## antrea-controller",
    "In TLS on the address of its Pod, port 10349 (`apiPort`), for whom RBAC lets get `/metrics`, unless `enablePrometheusMetrics` is false; `/livez`, `/healthz` and `/readyz` beside them for everybody. Whom to trust is in the ConfigMap `antrea-ca`. Not by port-forward: that arrives at the loopback of its Node, which is the agent's.",
    metricTable(controllerMetrics),
    "## Both programs",
    metricTable([...Object.values(apiMetrics), ...Object.values(processMetrics)]),
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
