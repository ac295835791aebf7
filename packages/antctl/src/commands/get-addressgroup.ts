import type { GroupRow } from "@antrea/api/local-api";
import { text } from "@antrea/command";
import { defineCommand } from "../context.ts";
import { shownAddressGroups } from "../policies/shown.ts";
import { computedOption, rowsOf } from "../reach/computed.ts";
import { nodeColumn, nodeOption, printRows } from "../reach/rows.ts";

export const getAddressGroup = defineCommand({
  name: "get addressgroup",
  aliases: ["get addressgroups", "get ag"],
  summary: "Print the groups of Pods and Nodes that Nodes have: whom policies speak of as peers",
  example: [
    "antctl get addressgroup",
    "antctl get addressgroup --node node-1 -o json",
    "antctl get addressgroup --computed",
  ],
  args: { node: nodeOption, computed: computedOption },
  positionals: { group: text("Only the group of this name", { placeholder: "GROUP" }) },
  async run({ args, positionals: { group }, signal, ...context }) {
    const found = await rowsOf(context, shownAddressGroups, { ...args, signal });
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
