import { type AgentConfig, type AgentInfo, PRODUCT_VERSION, peerSummary } from "@antrea/api";
import { formatInterfaceAddress, type InterfaceAddress } from "@antrea/net";
import type { Path } from "@antrea/pipeline";
import type { PolicyShareCounts } from "../policy/policy-room.ts";
import { type PeerStatus, pathReason } from "../routes/reconciler.ts";
import type { Condition } from "./conditions.ts";

/** All that an agent tells about itself, gathered at one moment. */
export interface AgentFacts {
  readonly config: AgentConfig;
  readonly nodeName: string;
  readonly podName: string;
  readonly podNamespace: string;
  readonly podCidrs: readonly string[];
  readonly ovsVersion?: string | undefined;
  readonly datapathType: "system" | "netdev";
  readonly datapathLimits: readonly string[];
  /** By table; undefined while the switch does not answer. */
  readonly flowCounts: Readonly<Record<string, number>> | undefined;
  readonly podCount: number;
  readonly policyCounts: PolicyShareCounts;
  readonly transport: {
    readonly device: string;
    readonly mtu: number;
    readonly addresses: readonly InterfaceAddress[];
  };
  readonly gatewayAddresses: readonly string[];
  readonly podMtu: number;
  readonly hasTunnel: boolean;
  readonly isUplinkShared: boolean;
  readonly peers: Iterable<PeerStatus>;
  readonly apiAuthorities: string | undefined;
  readonly conditions: readonly Condition[];
}

/** The agent's status object, true at the moment of the facts. */
export function agentInfo(facts: AgentFacts): AgentInfo {
  const { config, transport } = facts;
  return {
    version: PRODUCT_VERSION,
    podRef: { kind: "Pod", namespace: facts.podNamespace, name: facts.podName },
    nodeRef: { kind: "Node", name: facts.nodeName },
    nodeSubnets: facts.podCidrs,
    ovsInfo: {
      ...(facts.ovsVersion === undefined ? {} : { version: facts.ovsVersion }),
      bridgeName: config.ovsBridge,
      // left out, not empty: of a map whose entries all go, server-side apply makes an invalid null
      ...(facts.flowCounts ? { flowTable: facts.flowCounts } : {}),
      datapathType: facts.datapathType,
      datapathLimits: facts.datapathLimits,
    },
    networkPolicyControllerInfo: facts.policyCounts,
    localPodNum: facts.podCount,
    agentConditions: facts.conditions,
    apiPort: config.apiPort,
    ...(facts.apiAuthorities === undefined
      ? {}
      : { apiCABundle: Buffer.from(facts.apiAuthorities).toString("base64") }),
    networkInfo: {
      trafficEncapMode: config.trafficEncapMode,
      ...(facts.hasTunnel ? { tunnelType: config.tunnelType } : {}),
      uplinkPath: facts.isUplinkShared ? "ovs" : "kernel",
      transportInterface: transport.device,
      transportInterfaceMTU: transport.mtu,
      podMTU: facts.podMtu,
      transportInterfaceIPs: transport.addresses.map(formatInterfaceAddress),
      gatewayIPs: facts.gatewayAddresses,
      ...peerSummary([...facts.peers].map(peerOf)),
    },
  };
}

function peerOf(status: PeerStatus) {
  const { identity, path } = status.plan;
  const transportIP = identity.transport[0]?.address;
  return {
    nodeName: identity.name,
    path: path.kind,
    reason: pathReason(status),
    ...(transportIP === undefined ? {} : { transportIP }),
    podCIDRs: identity.podCidrs,
  };
}

/** One word for a path, as tables print it. */
export function pathWord(path: Path): string {
  return path.kind === "direct" && !path.onLink ? "direct (by the fabric)" : path.kind;
}
