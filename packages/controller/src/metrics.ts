import type { MetricDefinition } from "@antrea/base";

export const policyRealization = {
  name: "antrea_controller_network_policy_realization_seconds",
  kind: "histogram",
  help: "From the news of a policy's state to each Node's word that it is in force there",
  buckets: [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60],
} as const satisfies MetricDefinition;

/** Every number that the controller tells. Antrea has none for these; its names for policies come with policies. */
export const metricDefinitions = [
  {
    name: "antrea_controller_leader",
    kind: "gauge",
    help: "1 while this controller leads",
  },
  {
    name: "antrea_controller_connected_agents",
    kind: "gauge",
    help: "Agents whose last heartbeat is not older than three of its periods",
  },
  {
    name: "antrea_controller_node_ipam_blocks",
    kind: "gauge",
    help: "Blocks that the cluster network has, taken or not",
    labels: ["network"],
  },
  {
    name: "antrea_controller_node_ipam_free_blocks",
    kind: "gauge",
    help: "Blocks that are left for Nodes",
    labels: ["network"],
  },
  {
    name: "antrea_controller_node_ipam_waiting_nodes",
    kind: "gauge",
    help: "Nodes without a Pod CIDR, because none is left",
  },
  {
    name: "antrea_controller_network_policies",
    kind: "gauge",
    help: "Policies of all kinds that are computed, while this controller leads",
  },
  { name: "antrea_controller_address_groups", kind: "gauge", help: "Groups that rules speak of" },
  {
    name: "antrea_controller_applied_to_groups",
    kind: "gauge",
    help: "Groups that rules are for",
  },
  {
    name: "antrea_controller_watchers",
    kind: "gauge",
    help: "Streams that agents and people watch; an agent has four",
  },
  policyRealization,
] as const satisfies readonly MetricDefinition[];
