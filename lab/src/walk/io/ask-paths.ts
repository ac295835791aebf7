import type { NodePath } from "@antrea/api/local-api";
import { askAgents } from "../../io/ask-agents.ts";
import type { Lab } from "../../io/lab.ts";
import type { SaidPath } from "../verdict.ts";

export type SaidPaths = (fromNode: string, toNode: string) => SaidPath;

/** Asks the agent of every Node, by `antctl get nodes` in its Pod. */
export async function askPaths(lab: Lab, signal?: AbortSignal): Promise<SaidPaths> {
  if (lab.options.cni !== "antrea") return withoutAgents;
  const byNode = await askAgents<readonly NodePath[]>(lab, ["get", "nodes"], signal);
  return (fromNode, toNode) => {
    const said = byNode.get(fromNode)?.find(({ name }) => name === toNode)?.path;
    const path = said?.kind;
    return path === "local" || path === "direct" || path === "tunnel"
      ? { path, reason: said?.reason }
      : {
          path: "unknown",
          reason: said?.reason ?? `the agent of ${fromNode} does not list ${toNode}`,
        };
  };
}

/** With Debian's bridge plugin the router carries everything that leaves a Node. */
const withoutAgents: SaidPaths = (from, to) => ({
  path: from === to ? "local" : "direct",
  reason: undefined,
});
