import type { ShapeType } from "@antrea/base";
import { conditionField, objectReferenceField, policyCountsField } from "./condition.ts";
import { field } from "./field.ts";
import type { CustomKind } from "./kind.ts";

/** Peers that an AgentInfo lists one by one; beyond it only the counts are whole. */
export const MOST_LISTED_PEERS = 256;

/** The first four are Antrea's. The others are ours: what was asked for and what the machine can do. */
export const agentConditionTypes = [
  "AgentHealthy",
  "ControllerConnectionUp",
  "OVSDBConnectionUp",
  "OpenflowConnectionUp",
  "DatapathAsConfigured",
  "HardwareOffloadAsConfigured",
  "OptionsActive",
  "ModeAsConfigured",
] as const;
export type AgentConditionType = (typeof agentConditionTypes)[number];

const ovsInfo = field.object("Open vSwitch on this Node.", {
  version: field.optional(field.text("Version of ovs-vswitchd.")),
  bridgeName: field.optional(field.text("The bridge that Pods are on.")),
  flowTable: field.optional(
    field.map("Number of flows of each table.", field.whole("Number of flows.")),
  ),
  datapathType: field.optional(
    field.oneOf("The datapath in force; which one was asked for is in the configuration.", [
      "system",
      "netdev",
    ]),
  ),
  datapathLimits: field.optional(
    field.list(
      "What the datapath in force does not do that the other one does.",
      field.text("A sentence that says what happens instead."),
    ),
  ),
});

const peer = field.object("How this Node reaches another one.", {
  nodeName: field.text("The other Node."),
  path: field.oneOf("How traffic to its Pods goes.", ["direct", "tunnel", "none"]),
  reason: field.text("Why it goes that way."),
  transportIP: field.optional(field.text("The address that it is sent to.")),
  podCIDRs: field.optional(field.list("The other Node's Pod CIDRs.", field.text("A Pod CIDR."))),
});

const networkInfo = field.object("The network of this Node, as it is in force.", {
  trafficEncapMode: field.optional(
    field.oneOf("The traffic mode in force.", ["encap", "noEncap", "hybrid", "auto"]),
  ),
  tunnelType: field.optional(
    field.oneOf("The tunnel protocol; absent where there are no tunnels.", [
      "geneve",
      "vxlan",
      "gre",
    ]),
  ),
  uplinkPath: field.optional(
    field.oneOf("Who carries traffic that needs no tunnel.", ["ovs", "kernel"]),
  ),
  transportInterface: field.optional(field.text("The interface that leads to other Nodes.")),
  transportInterfaceMTU: field.optional(field.whole("Its MTU in bytes.")),
  podMTU: field.optional(field.whole("The MTU of Pods in bytes.")),
  transportInterfaceIPs: field.optional(
    field.list("Its addresses with prefix length.", field.text("An address."), 2),
  ),
  gatewayIPs: field.optional(
    field.list("The gateway's addresses on the Pod network.", field.text("An address."), 2),
  ),
  peerCounts: field.optional(
    field.object("How many Nodes are reached in each way.", {
      direct: field.whole("Without a tunnel."),
      tunnel: field.whole("By the tunnel."),
      none: field.whole("Not at all."),
    }),
  ),
  peers: field.optional(
    field.list(
      `The other Nodes; at most ${MOST_LISTED_PEERS}, those without a path first.`,
      peer,
      MOST_LISTED_PEERS,
    ),
  ),
});

const fields = field.object("What an agent says of itself and its Node.", {
  version: field.optional(field.text("Version of the agent.")),
  podRef: field.optional(objectReferenceField("The agent's Pod.")),
  nodeRef: field.optional(objectReferenceField("The agent's Node.")),
  nodeSubnets: field.optional(
    field.list("Pod CIDRs of this Node.", field.text("A network in CIDR form.")),
  ),
  ovsInfo: field.optional(ovsInfo),
  networkPolicyControllerInfo: field.optional(policyCountsField),
  localPodNum: field.optional(field.whole("Pods of this Node that are on the bridge.")),
  agentConditions: field.optional(
    conditionField("What is so and what is not.", agentConditionTypes),
  ),
  apiPort: field.optional(field.whole("TCP port of the agent's API.", 0, 65535)),
  apiCABundle: field.optional(field.bytes("Who signed the certificate of the agent's API.")),
  nodePortLocalPortRange: field.optional(field.text("Ports that NodePortLocal gives out.")),
  networkInfo: field.optional(networkInfo),
});

export type AgentInfo = ShapeType<typeof fields>;
export type AgentNetworkInfo = ShapeType<typeof networkInfo>;
export type AgentPeer = ShapeType<typeof peer>;

/** `kubectl get antreaagentinfos`: one for each Node, of its name. */
export const agentInfoKind: CustomKind<AgentInfo> = {
  kind: "AntreaAgentInfo",
  plural: "antreaagentinfos",
  singular: "antreaagentinfo",
  shortNames: ["aai"],
  version: "v1beta1",
  scope: "Cluster",
  fields,
  columns: [
    {
      name: "Healthy",
      type: "string",
      description: "Health of the agent",
      jsonPath: ".agentConditions[?(@.type=='AgentHealthy')].status",
    },
    {
      name: "Last Heartbeat",
      type: "date",
      description: "Last time that the agent said so",
      jsonPath: ".agentConditions[?(@.type=='AgentHealthy')].lastHeartbeatTime",
    },
    {
      name: "Version",
      type: "string",
      description: "Version of the agent",
      jsonPath: ".version",
      isWide: true,
    },
    {
      name: "Node",
      type: "string",
      description: "Name of the Node",
      jsonPath: ".nodeRef.name",
      isWide: true,
    },
    {
      name: "Num Pods",
      type: "integer",
      description: "Pods of the Node",
      jsonPath: ".localPodNum",
      isWide: true,
    },
    {
      name: "Subnets",
      type: "string",
      description: "Pod CIDRs of the Node",
      jsonPath: ".nodeSubnets",
      isWide: true,
    },
    {
      name: "Mode",
      type: "string",
      description: "Traffic mode in force",
      jsonPath: ".networkInfo.trafficEncapMode",
      isWide: true,
    },
  ],
};

/** The two peer fields of an AgentInfo: counts of all, and a list that stays small on a large cluster. */
export function peerSummary(
  peers: readonly AgentPeer[],
): Required<Pick<AgentNetworkInfo, "peerCounts" | "peers">> {
  const count = (path: AgentPeer["path"]): number =>
    peers.filter((one) => one.path === path).length;
  const order: Readonly<Record<AgentPeer["path"], number>> = { none: 0, tunnel: 1, direct: 1 };
  const listed = peers
    .toSorted((a, b) => order[a.path] - order[b.path] || (a.nodeName < b.nodeName ? -1 : 1))
    .slice(0, MOST_LISTED_PEERS);
  return {
    peerCounts: { direct: count("direct"), tunnel: count("tunnel"), none: count("none") },
    peers: listed,
  };
}
