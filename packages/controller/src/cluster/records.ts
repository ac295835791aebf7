import {
  type AgentInfo,
  agentInfoKind,
  controllerInfoKind,
  type ModeChange,
  modeChangeKind,
  type NodeView,
  objectNames,
  parseCustom,
  parseNode,
  podCidrClaimKind,
} from "@antrea/api";
import type { Logger } from "@antrea/base";
import type { Cidr } from "@antrea/net";
import type { ConfigMap } from "kubernetes-types/core/v1.d.ts";
import type { ObjectMeta } from "@antrea/kube";
import { ownResource } from "../own-resource.ts";

/** The small records that the controller keeps of the cluster's objects. */

/** The right of a Node to a block, as it stands in the server. */
export interface ClaimRecord {
  readonly name: string;
  readonly uid: string;
  readonly cidr: Cidr;
  readonly nodeName: string;
  readonly nodeUid: string;
}

/** As much of an AntreaAgentInfo as the controller reads. */
export interface AgentInfoRecord {
  readonly uid: string;
  /** When the agent last said that it is there, as wall time in milliseconds; 0 if it never did. */
  readonly heartbeatMs: number;
}

/** The change that is led, with what tells whether it is the latest. */
export interface ModeChangeRecord {
  readonly uid: string;
  readonly version: string;
  readonly value: ModeChange;
}

export const podCidrClaims = ownResource(podCidrClaimKind);
export const agentInfos = ownResource(agentInfoKind);
export const modeChanges = ownResource(modeChangeKind);
export const controllerInfos = ownResource(controllerInfoKind);

/** Reads a Node; what is wrong with it is logged, since nobody else would. */
export function nodeRecord(log: Logger): (object: unknown) => NodeView {
  return (object) => {
    const parsed = parseNode(object);
    if (!parsed) throw new Error("The Node has no name or no UID");
    for (const problem of parsed.problems) log.warn("Did not believe a Node", { problem });
    return parsed.node;
  };
}

export function claimRecord(object: unknown): ClaimRecord {
  const parsed = parseCustom(podCidrClaimKind, object);
  if ("problem" in parsed) throw new Error(parsed.problem);
  const { value, meta } = parsed;
  const { cidr, nodeName, nodeUID } = value.spec;
  return { name: meta.name, uid: meta.uid ?? "", cidr, nodeName, nodeUid: nodeUID };
}

export function modeChangeRecord(object: unknown): ModeChangeRecord {
  const parsed = parseCustom(modeChangeKind, object);
  if ("problem" in parsed) throw new Error(parsed.problem);
  const { value, meta } = parsed;
  return { uid: meta.uid ?? "", version: meta.resourceVersion ?? "", value };
}

/** The text of `antrea-agent.conf` in a ConfigMap of ours. */
export function agentConfigText({ data }: ConfigMap): string | undefined {
  return data?.[objectNames.agentConfigKey];
}

/** Reads nothing but the heartbeat, so that an info of another version counts too. */
export function agentInfoRecord(object: unknown): AgentInfoRecord {
  const { metadata, agentConditions } = object as {
    readonly metadata?: ObjectMeta;
    readonly agentConditions?: AgentInfo["agentConditions"];
  };
  const conditions = Array.isArray(agentConditions) ? agentConditions : [];
  const beats = conditions.map(({ lastHeartbeatTime }) => Date.parse(lastHeartbeatTime ?? ""));
  return {
    uid: metadata?.uid ?? "",
    heartbeatMs: Math.max(0, ...beats.filter((beat) => Number.isFinite(beat))),
  };
}
