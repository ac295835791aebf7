import type { NodeView } from "@antrea/api";
import type { Logger, Reconciler } from "@antrea/base";
import { isKubeError, type KubeClient, resources, type Store } from "@antrea/kube";
import { agentInfos } from "../cluster/records.ts";
import type { AgentInfoStore } from "./state.ts";

export interface AgentInfoDeps {
  readonly nodes: Store<NodeView>;
  readonly infos: AgentInfoStore;
  readonly client: KubeClient;
  readonly log: Logger;
}

/**
 * Removes the AntreaAgentInfo of a Node that is gone. The server itself is asked whether it is: an
 * info may have arrived before its Node did.
 */
export function agentInfoReconciler({
  nodes,
  infos,
  client,
  log,
}: AgentInfoDeps): Reconciler<string> {
  return {
    name: "agent-info",
    async reconcile(name, signal) {
      const info = infos.get(name);
      if (!info || nodes.has(name)) return;
      if (await client.find(resources.nodes, { name }, { signal })) return;
      try {
        await client.delete(agentInfos, { name }, { uid: info.uid, signal });
      } catch (error) {
        if (!isKubeError(error, "not-found", "conflict")) throw error;
      }
      log.info("Removed the AntreaAgentInfo of a Node that is gone", { node: name });
    },
  };
}
