import type { MetricDefinition } from "@antrea/base";

/** Every number that the agent tells, beside those of its process and of the OpenFlow connection. Names that Antrea has are Antrea's. */
export const agentMetrics = {
  runtime: {
    name: "antrea_agent_runtime_info",
    kind: "gauge",
    help: "Which agent this is; always 1.",
    labels: ["k8s_nodename", "k8s_podname", "version"],
  },
  startDuration: {
    name: "antrea_agent_start_duration_seconds",
    kind: "gauge",
    help: "From the start of the process until Pods could be connected.",
  },
  condition: {
    name: "antrea_agent_condition",
    kind: "gauge",
    help: "The conditions of AntreaAgentInfo: 1 for True, 0 for False.",
    labels: ["type"],
  },
  localPods: {
    name: "antrea_agent_local_pod_count",
    kind: "gauge",
    help: "Pods of this Node on the bridge.",
  },
  peers: {
    name: "antrea_agent_peer_count",
    kind: "gauge",
    help: "Other Nodes, by the way to them: direct, tunnel, none.",
    labels: ["path"],
  },
  peerDuration: {
    name: "antrea_agent_peer_flows_duration_seconds",
    kind: "histogram",
    help: "From the news that another Node came, changed or went until the switch had confirmed the flows that follow.",
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10],
  },
  pathProbes: {
    name: "antrea_agent_path_probes_total",
    kind: "counter",
    help: "Probes of direct paths of the size that Pods use, by what became of them: answered, lost.",
    labels: ["outcome"],
  },
  pathRoundTrip: {
    name: "antrea_agent_path_round_trip_seconds",
    kind: "histogram",
    help: "How long those took that were answered.",
    buckets: [0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4],
  },
  pathFalls: {
    name: "antrea_agent_path_fallbacks_total",
    kind: "counter",
    help: "Direct paths that failed and were left for the tunnel.",
  },
  networkPolicies: {
    name: "antrea_agent_networkpolicy_count",
    kind: "gauge",
    help: "NetworkPolicies that this Node enforces.",
  },
  ingressRules: {
    name: "antrea_agent_ingress_networkpolicy_rule_count",
    kind: "gauge",
    help: "Ingress rules that this Node enforces.",
  },
  egressRules: {
    name: "antrea_agent_egress_networkpolicy_rule_count",
    kind: "gauge",
    help: "Egress rules that this Node enforces.",
  },
  policyDuration: {
    name: "antrea_agent_networkpolicy_realization_duration_seconds",
    kind: "histogram",
    help: "From the news of a policy, or of another state of it, until the switch had confirmed all of its rules.",
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10],
  },
  endedConnections: {
    name: "antrea_agent_ended_connections_total",
    kind: "counter",
    help: "Connections that were ended because rules in force forbid them, by who asked for it: antctl, annotation.",
    labels: ["by"],
  },
  totalFlows: {
    name: "antrea_agent_ovs_total_flow_count",
    kind: "gauge",
    help: "Flows of the bridge, as the switch counts them. None told: the switch does not answer.",
  },
  flows: {
    name: "antrea_agent_ovs_flow_count",
    kind: "gauge",
    help: "Flows of each table, as the switch counts them.",
    labels: ["table_id", "table_name"],
  },
  flowOps: {
    name: "antrea_agent_ovs_flow_ops_count",
    kind: "counter",
    help: "Flows that the switch was told to add, modify or delete.",
    labels: ["operation"],
  },
  flowOpErrors: {
    name: "antrea_agent_ovs_flow_ops_error_count",
    kind: "counter",
    help: "Flows that it was told so without success: a refused flow fails the bundle it is in.",
    labels: ["operation"],
  },
  flowOpLatency: {
    name: "antrea_agent_ovs_flow_ops_latency_milliseconds",
    kind: "histogram",
    help: "How long bundles took that add, modify or delete, once for each of these that they do.",
    labels: ["operation"],
    buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000],
  },
  meterDrops: {
    name: "antrea_agent_ovs_meter_packet_dropped_count",
    kind: "gauge",
    help: "Packets that each meter of the bridge dropped. None told: no feature of this version uses one.",
    labels: ["meter_id"],
  },
  driftCorrected: {
    name: "antrea_agent_drift_corrected_total",
    kind: "counter",
    help: "Parts of the switch and the host that others changed and the agent put back.",
    labels: ["part"],
  },
  cniDuration: {
    name: "antrea_agent_cni_duration_seconds",
    kind: "histogram",
    help: "How long the agent took for calls of the CNI plugin.",
    labels: ["command", "result"],
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 25],
  },
} as const satisfies Record<string, MetricDefinition>;
