import type { MetricDefinition } from "@antrea/base";

/** What this room counts. Names that Antrea has are Antrea's. */
export const openflowMetrics = {
  connected: {
    name: "antrea_agent_openflow_connected",
    kind: "gauge",
    help: "Whether the OpenFlow connection to the bridge is up.",
  },
  sentBytes: {
    name: "antrea_agent_openflow_sent_bytes_total",
    kind: "counter",
    help: "Bytes sent to the bridge.",
  },
  receivedBytes: {
    name: "antrea_agent_openflow_received_bytes_total",
    kind: "counter",
    help: "Bytes received from the bridge.",
  },
  faults: {
    name: "antrea_agent_openflow_faults_total",
    kind: "counter",
    help: "Frames from the bridge that were not understood and skipped.",
  },
} as const satisfies Record<string, MetricDefinition>;
