import { agentApi, type GroupRow } from "@antrea/api/local-api";
import { text } from "@antrea/command";
import { defineCommand } from "../context.ts";
import { nodeColumn, nodeOption, printRows, rowsOfAgents } from "../reach/rows.ts";

export const getAppliedToGroup = defineCommand({
  name: "get appliedtogroup",
  aliases: ["get appliedtogroups"],
  summary:
    "Print the groups of Pods and Nodes that Nodes have: whom policies are for, each Node its own",
  example: ["antctl get appliedtogroup", "antctl get appliedtogroup --node node-1 -o json"],
  args: { node: nodeOption },
  positionals: { group: text("Only the group of this name", { placeholder: "GROUP" }) },
  run: ({ args: { node }, positionals: { group }, signal, ...context }) =>
    rowsOfAgents(context, agentApi.appliedToGroups, {
      node,
      signal,
      rows: (all) => all.filter(({ name }) => group === undefined || name === group),
    }),
  ...printRows<GroupRow>(
    nodeColumn,
    { title: "NAME", cell: (row) => row.name },
    { title: "MEMBERS", cell: (row) => row.members.map(({ member }) => member).join(",") },
  ),
});
