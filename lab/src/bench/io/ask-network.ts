import type { AgentInfo } from "@antrea/api";
import type { NeededRoute, NodePath } from "@antrea/api/local-api";
import { askAgents } from "../../io/ask-agents.ts";
import type { Lab } from "../../io/lab.ts";
import { type ModeNetwork, networkOf } from "../mode-network.ts";

/** What the agents say of the network in the mode in force, by `antctl` in their Pods. */
export async function askNetwork(lab: Lab, signal: AbortSignal): Promise<ModeNetwork> {
  const nodes = await askAgents<readonly NodePath[]>(lab, ["get", "nodes"], signal);
  interface Found {
    readonly routes: readonly NeededRoute[];
  }
  const found = await askAgents<Found>(lab, ["check", "routes"], signal);
  const infos = await askAgents<Pick<AgentInfo, "networkInfo">>(lab, ["get", "agentinfo"], signal);
  return networkOf(
    [...nodes].map(([node, paths]) => ({
      nodes: paths,
      routes: found.get(node)?.routes ?? [],
      info: infos.get(node) ?? {},
    })),
  );
}
