import { type AgentConfig, type AgentInfo, peerSummary, PRODUCT_VERSION } from "@antrea/api";
import { formatInterfaceAddress, type InterfaceAddress } from "@antrea/net";
import type { Path } from "@antrea/pipeline";
import { pathReason, type PeerStatus } from "../routes/reconciler.ts";

/** All that an agent tells about itself, gathered at one moment. */
export interface AgentFacts {
  readonly config: AgentConfig;
  readonly nodeName: string;
  readonly podName: string;
  readonly podNamespace: string;
  readonly podCidrs: readonly string[];
  readonly ovsVersion?: string | undefined;
  readonly datapathType: "system" | "netdev";
  readonly flowCounts: Readonly<Record<string, number>>;
  readonly podCount: number;
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
  readonly isOvsdbConnected: boolean;
  readonly isSwitchConnected: boolean;
  readonly isApiConnected: boolean;
  /** Options that are read but do nothing in this version, each by its name. */
  readonly inactiveOptions: readonly string[];
  readonly wallTime: Date;
}

type Condition = NonNullable<AgentInfo["agentConditions"]>[number];

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
      flowTable: facts.flowCounts,
      datapathType: facts.datapathType,
    },
    localPodNum: facts.podCount,
    agentConditions: conditions(facts),
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

function conditions(facts: AgentFacts): Condition[] {
  const isHealthy = facts.isOvsdbConnected && facts.isSwitchConnected;
  const lastHeartbeatTime = facts.wallTime.toISOString();
  const condition = (
    type: Condition["type"],
    isSo: boolean,
    reason = "",
    message = "",
  ): Condition => ({
    type,
    status: isSo ? "True" : "False",
    lastHeartbeatTime,
    ...(reason === "" ? {} : { reason }),
    ...(message === "" ? {} : { message }),
  });
  const { inactiveOptions, config, datapathType } = facts;
  return [
    condition(
      "AgentHealthy",
      isHealthy,
      isHealthy ? "" : "NotConnected",
      isHealthy ? "" : "Open vSwitch does not answer",
    ),
    condition(
      "ControllerConnectionUp",
      facts.isApiConnected,
      facts.isApiConnected ? "" : "ApiServerAway",
      facts.isApiConnected
        ? ""
        : "The API server does not answer; the Node goes on with what it knows",
    ),
    condition("OVSDBConnectionUp", facts.isOvsdbConnected),
    condition("OpenflowConnectionUp", facts.isSwitchConnected),
    condition(
      "DatapathAsConfigured",
      datapathType === config.ovsDatapathType,
      datapathType === config.ovsDatapathType ? "" : "NotAvailable",
      datapathType === config.ovsDatapathType
        ? ""
        : `${config.ovsDatapathType} was asked for; this machine offers ${datapathType}`,
    ),
    condition(
      "OptionsActive",
      inactiveOptions.length === 0,
      inactiveOptions.length === 0 ? "" : "NotInThisVersion",
      inactiveOptions.length === 0
        ? ""
        : `Read, and without effect in this version: ${inactiveOptions.join(", ")}`,
    ),
  ];
}

/** One word for a path, as tables print it. */
export function pathWord(path: Path): string {
  return path.kind === "direct" && !path.onLink ? "direct (by the fabric)" : path.kind;
}
