import type { MetricDefinition } from "@antrea/base";

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
] as const satisfies readonly MetricDefinition[];
