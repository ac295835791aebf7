import type { MetricDefinition } from "@antrea/base";

/** What this room counts; whoever hands a registry to `connectSwitch()` defines them there. */
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
  roundTrip: {
    name: "antrea_agent_openflow_round_trip_seconds",
    kind: "histogram",
    help: "From a question to the bridge to the end of its answer, by kind of question.",
    labels: ["request"],
    buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5],
  },
} as const satisfies Record<string, MetricDefinition>;
