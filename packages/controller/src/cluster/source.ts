import { type NodeView, objectNames } from "@antrea/api";
import type { Clock, Logger } from "@antrea/base";
import { type KubeClient, resources } from "@antrea/kube";
import { type Reflector, reflector } from "@antrea/kube/io";
import {
  type AgentInfoRecord,
  agentInfoRecord,
  agentConfigText,
  agentInfos,
  type ClaimRecord,
  claimRecord,
  type ModeChangeRecord,
  modeChangeRecord,
  modeChanges,
  nodeRecord,
  podCidrClaims,
} from "./records.ts";

import type { Identity } from "../controller-info/status.ts";

export interface SourceDeps {
  readonly client: KubeClient;
  readonly log: Logger;
  readonly clock: Clock;
  readonly identity: Pick<Identity, "podNamespace">;
}

/** Everything that the leading controller watches. */
export interface ClusterSource {
  readonly nodes: Reflector<NodeView>;
  readonly claims: Reflector<ClaimRecord, "node">;
  readonly agentInfos: Reflector<AgentInfoRecord>;
  readonly modeChanges: Reflector<ModeChangeRecord>;
  /** The text of `antrea-agent.conf`. */
  readonly configs: Reflector<string>;
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
    modeChanges: reflector({ ...deps, resource: modeChanges, project: modeChangeRecord }),
    configs: reflector({
      ...deps,
      resource: resources.configMaps,
      project: agentConfigText,
      selection: {
        namespace: deps.identity.podNamespace,
        fieldSelector: `metadata.name=${objectNames.configMap}`,
      },
    }),
  };
}
