import type { GroupRow } from "@antrea/api/local-api";
import { text } from "@antrea/command";
import { defineCommand } from "../context.ts";
import { shownAppliedToGroups } from "../policies/shown.ts";
import { computedOption, rowsOf } from "../reach/computed.ts";
import { nodeColumn, nodeOption, printRows } from "../reach/rows.ts";

export const getAppliedToGroup = defineCommand({
  name: "get appliedtogroup",
  aliases: ["get appliedtogroups", "get atg"],
  summary:
    "Print the groups of Pods and Nodes that Nodes have: whom policies are for, each Node its own",
  example: [
    "antctl get appliedtogroup",
    "antctl get appliedtogroup --node node-1 -o json",
    "antctl get appliedtogroup --computed",
  ],
  args: { node: nodeOption, computed: computedOption },
  positionals: { group: text("Only the group of this name", { placeholder: "GROUP" }) },
  async run({ args, positionals: { group }, signal, ...context }) {
    const found = await rowsOf(context, shownAppliedToGroups, { ...args, signal });
    return {
      ...found,
      rows: found.rows.filter(({ name }) => group === undefined || name === group),
    };
  },
  ...printRows<GroupRow>(
    nodeColumn,
    { title: "NAME", cell: (row) => row.name },
    { title: "MEMBERS", cell: (row) => row.members.map(({ member }) => member).join(",") },
  ),
});
