import { agentApi, type ChangeRow } from "@antrea/api/local-api";
import { text, value, wholeNumber } from "@antrea/command";
import { defineCommand } from "../context.ts";
import { nodeColumn, nodeOption, printRows, rowsOfAgents } from "../reach/rows.ts";

export const getChanges = defineCommand({
  name: "get changes",
  aliases: ["get change"],
  summary: "Print the last changes that agents asked of the switch and the host",
  description:
    "The flight recorder: the last 1000 changes of flows, ports, routes, neighbours, settings and nftables since the agent started, oldest first. " +
    "Each line says who wanted it, what became of it, and how long the answer took. " +
    'Cause "found" means that the switch or the host was not as the agent had left it: somebody changed it by hand, or it started anew.',
  example: [
    "antctl get changes --owner shop/cart-0  # a Pod, as in pod:shop/cart-0",
    "antctl get changes --kind flow,port --last 20",
    'antctl get changes --node node-2 -o yaml  # with every "detail" that is kept',
  ],
  args: {
    owner: text("Only changes whose owner has this in its name", { placeholder: "OWNER" }),
    kind: text("Only changes of these kinds, with commas between", { placeholder: "KINDS" }),
    last: value("Only so many of the last of each agent", wholeNumber(1), {
      placeholder: "NUMBER",
    }),
    node: nodeOption,
  },
  run: ({ args: { owner, kind, last, node }, signal, ...context }) =>
    rowsOfAgents(context, agentApi.changes, {
      node,
      signal,
      query: { ...(owner ? { owner } : {}), ...(kind ? { kind } : {}) },
      rows: (changes) => (last === undefined ? changes : changes.slice(-last)),
    }),
  ...printRows<ChangeRow>(
    nodeColumn,
    { title: "SENT", cell: (row) => row.sentAt },
    { title: "KIND", cell: (row) => row.kind },
    { title: "OWNER", cell: (row) => row.owner || "nobody" },
    { title: "CAUSE", cell: (row) => row.cause },
    { title: "OUTCOME", cell: (row) => row.outcome },
    { title: "TOOK", cell: tookOf },
    { title: "CHANGE", cell: changeOf },
  ),
});

/** From when it was wanted until the switch or the host had answered. */
function tookOf({ wantedAt, settledAt }: ChangeRow): string {
  if (settledAt === undefined) return "";
  return `${Date.parse(settledAt) - Date.parse(wantedAt)}ms`;
}

/** The first of it, how much more there is, and why it was refused. */
function changeOf({ details, added, modified, removed, reason }: ChangeRow): string {
  const more = added + modified + removed - 1;
  const first = `${details[0] ?? ""}${more > 0 ? ` and ${more} more` : ""}`;
  return reason === undefined ? first : `${first}: ${reason}`;
}
