import type { AgentApi, GroupRow } from "@antrea/api/local-api";
import { text } from "@antrea/command";
import type { StreamName } from "@antrea/policy/controlplane";
import { defineCommand } from "../context.ts";
import { computedOption, rowsOf, type Shown } from "../reach/computed.ts";
import { nodeColumn, nodeOption, printRows } from "../reach/rows.ts";

/** The command that prints one kind of policies' groups. */
export function groupCommand<K extends StreamName, E extends AgentApi[keyof AgentApi]>(
  kind: string,
  shown: Shown<K, E, GroupRow>,
  { shortName, summary }: { readonly shortName: string; readonly summary: string },
) {
  return defineCommand({
    name: `get ${kind}`,
    aliases: [`get ${kind}s`, `get ${shortName}`],
    summary,
    example: [
      `antctl get ${kind}`,
      `antctl get ${kind} --node node-1 -o json`,
      `antctl get ${kind} --computed`,
    ],
    args: { node: nodeOption, computed: computedOption },
    positionals: { group: text("Only the group of this name", { placeholder: "GROUP" }) },
    async run({ args, positionals: { group }, signal, ...context }) {
      const found = await rowsOf(context, shown, { ...args, signal });
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
}
