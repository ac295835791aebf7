import { agentApi, type FlowStat } from "@antrea/api/local-api";
import { defineCommand } from "../context.ts";
import { nodeColumn, nodeOption, printRows, rowsOfAgents } from "../reach/rows.ts";

export const getFlowStats = defineCommand({
  name: "get flowstats",
  aliases: ["get fs"],
  summary: "Print how many flows a Node has, and what one more Pod, Node or rule costs",
  description:
    "Counts the flows of the bridge by table, by feature and by the kind of object that asked for them (pod, peer, node). " +
    '"one more" says what a Pod of this Node, another Node, a rule of a policy (for one Pod, of one peer and one port) or another peer of it would add: flows grow with these, never with Pods of other Nodes. Services take none, they are kube-proxy\'s. ' +
    "Owner none: notes of destinations that the bridge wrote itself, and flows that are not the agent's.",
  example: ["antctl get flowstats", "antctl get flowstats --node node-2 -o json"],
  args: { node: nodeOption },
  run: ({ args: { node }, signal, ...context }) =>
    rowsOfAgents(context, agentApi.flowStats, { node, signal, rows: (stats) => stats }),
  ...printRows<FlowStat>(
    nodeColumn,
    { title: "BY", cell: (row) => row.by },
    { title: "NAME", cell: (row) => row.name },
    { title: "FLOWS", cell: (row) => row.flows },
  ),
});
