import { agentApi, type PathRow } from "@antrea/api/local-api";
import { defineCommand } from "../context.ts";
import { nodeOption, printRows, rowsOfAgents } from "../reach/rows.ts";

export const getPaths = defineCommand({
  name: "get paths",
  summary:
    "Print the way to each Node, why and since when, and what probes found of the direct one",
  description:
    "In an agent's Pod: as that Node sees the others. Elsewhere: as each Node sees them. " +
    "Direct paths are measured in mode auto, and in hybrid with pathSelection: measured; LATENCY, LOSS and MTU are empty where they are not.",
  example: ["antctl get paths", "antctl get paths --node node-1 -o json"],
  args: { node: nodeOption },
  run: ({ args, signal, ...context }) =>
    rowsOfAgents(context, agentApi.paths, { node: args.node, signal, rows: (paths) => paths }),
  ...printRows<PathRow>(
    { title: "FROM", isOptional: true, cell: (row) => row.node },
    { title: "NODE", cell: (row) => row.name },
    { title: "PATH", cell: (row) => row.path },
    { title: "REASON", cell: (row) => row.reason },
    { title: "SINCE", cell: (row) => row.since },
    { title: "LATENCY", cell: (row) => withUnit(row.latencyMs, "ms") },
    { title: "LOSS", cell: (row) => withUnit(row.lossPercent, "%") },
    { title: "MTU", cell: (row) => row.mtu },
  ),
});

function withUnit(value: number | undefined, unit: string): string | undefined {
  return value === undefined ? undefined : `${value} ${unit}`;
}
