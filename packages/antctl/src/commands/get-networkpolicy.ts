import { agentApi, type PolicyRow } from "@antrea/api/local-api";
import { text } from "@antrea/command";
import { defineCommand } from "../context.ts";
import { nodeColumn, nodeOption, printRows, rowsOfAgents } from "../reach/rows.ts";

export const getNetworkPolicy = defineCommand({
  name: "get networkpolicy",
  aliases: ["get networkpolicies", "get netpol"],
  summary: "Print the policies that Nodes enforce, and how far they are in force",
  description:
    "REALIZED is the state of the policy that the switch has confirmed last: its GENERATION, where all is well. " +
    "FAILURE says why it has not.",
  example: ["antctl get networkpolicy", "antctl get networkpolicy deny-all --node node-1 -o json"],
  args: { node: nodeOption },
  positionals: {
    policy: text("Only this one: its UID, or its name as in NAMESPACE/NAME", {
      placeholder: "POLICY",
    }),
  },
  run: ({ args: { node }, positionals: { policy }, signal, ...context }) =>
    rowsOfAgents(context, agentApi.networkPolicies, {
      node,
      signal,
      rows: (all) => all.filter((row) => policy === undefined || isNamed(row, policy)),
    }),
  ...printRows<PolicyRow>(
    nodeColumn,
    { title: "NAME", cell: (row) => row.name },
    { title: "SOURCE", cell: (row) => row.source },
    { title: "TIER", cell: (row) => row.tierPriority },
    { title: "PRIORITY", cell: (row) => row.priority },
    { title: "RULES", cell: (row) => row.rules },
    { title: "GENERATION", cell: (row) => row.generation },
    { title: "REALIZED", cell: (row) => row.realizedGeneration },
    { title: "FAILURE", cell: (row) => row.failure },
  ),
});

function isNamed({ name, source }: PolicyRow, wanted: string): boolean {
  return name === wanted || source.slice(source.indexOf(":") + 1) === wanted;
}
