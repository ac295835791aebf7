import type { NodeView } from "@antrea/api";
import type { Clock, Logger } from "@antrea/base";
import { type KubeClient, resources } from "@antrea/kube";
import { type Reflector, reflector } from "@antrea/kube/io";
import {
  type AgentInfoRecord,
  agentInfoRecord,
  agentInfos,
  type ClaimRecord,
  claimRecord,
  nodeRecord,
  podCidrClaims,
} from "./records.ts";

export interface SourceDeps {
  readonly client: KubeClient;
  readonly log: Logger;
  readonly clock: Clock;
}

/** Everything that the leading controller watches. */
export interface ClusterSource {
  readonly nodes: Reflector<NodeView>;
  readonly claims: Reflector<ClaimRecord, "node">;
  readonly agentInfos: Reflector<AgentInfoRecord>;
}

export function clusterSource(deps: SourceDeps): ClusterSource {
  return {
    nodes: reflector({ ...deps, resource: resources.nodes, project: nodeRecord(deps.log) }),
    claims: reflector<object, ClaimRecord, "node">({
      ...deps,
      resource: podCidrClaims,
      project: claimRecord,
      indexes: { node: ({ nodeName }) => [nodeName] },
    }),
    agentInfos: reflector({ ...deps, resource: agentInfos, project: agentInfoRecord }),
  };
}
