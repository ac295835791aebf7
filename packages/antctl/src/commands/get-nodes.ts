import { agentApi, type NodePath, type PeerPath } from "@antrea/api/local-api";
import { defineCommand } from "../context.ts";
import { nodeOption, printRows, rowsOfAgents } from "../reach/rows.ts";

export const getNodes = defineCommand({
  name: "get nodes",
  summary: "Print how each Node is reached: locally, directly or by a tunnel, and why",
  description:
    "In an agent's Pod: as that Node sees the others. Elsewhere: as each Node sees them.",
  example: ["antctl get nodes", "antctl get nodes --node node-1 -o json"],
  args: { node: nodeOption },
  run: ({ args, signal, ...context }) =>
    rowsOfAgents(context, agentApi.nodes, { node: args.node, signal, rows: (nodes) => nodes }),
  ...printRows<NodePath>(
    { title: "FROM", isOptional: true, cell: (row) => row.node },
    { title: "NODE", cell: (row) => row.name },
    { title: "TRANSPORT-IP", cell: (row) => row.transportIP },
    { title: "POD-CIDRS", cell: (row) => row.podCIDRs.join(",") },
    { title: "PATH", cell: (row) => row.path.kind },
    { title: "MTU", cell: (row) => row.mtu },
    { title: "DEVICE", cell: (row) => row.device },
    { title: "NEXT-HOP", cell: (row) => row.nextHop ?? remoteOf(row.path) },
    { title: "REASON", cell: (row) => row.path.reason },
  ),
});

function remoteOf(path: PeerPath): string | undefined {
  return path.kind === "tunnel" ? path.remote : undefined;
}
