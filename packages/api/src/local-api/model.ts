import { logLevels, type ShapeType, shape } from "@antrea/base";
import { parseCidr, parseIp, parseMac } from "@antrea/net";

/** What the agent's and the controller's local APIs speak of. Each shape is the parser of its type. */

const ip = shape.parsed("an IP address", parseIp);
const cidr = shape.parsed("a network such as 10.10.1.0/24", parseCidr);
const mac = shape.parsed("an Ethernet address", parseMac);
const count = shape.whole(0);

/** How traffic to a Node's Pods goes, and why. */
export const peerPath = shape.variants("kind", {
  local: { reason: shape.text },
  /** `onLink`: the peer is a neighbour; otherwise the fabric has to know its Pod CIDR. */
  direct: { onLink: shape.truth, reason: shape.text },
  tunnel: { remote: ip, reason: shape.text },
  none: { reason: shape.text },
});
export type PeerPath = ShapeType<typeof peerPath>;

/** A Node as this one reaches it; the Node itself is listed with the path "local". */
export const nodePath = shape.object({
  name: shape.text,
  transportIP: shape.optional(ip),
  podCIDRs: shape.list(cidr),
  path: peerPath,
  /** Bytes that a packet between Pods may have on this path. */
  mtu: shape.optional(count),
  /** The interface that the traffic leaves through. */
  device: shape.optional(shape.text),
  nextHop: shape.optional(ip),
  /** As the cloud names the machine: `spec.providerID` of the Node. */
  providerID: shape.optional(shape.text),
});
export type NodePath = ShapeType<typeof nodePath>;

/** The way to a Node, and what probes found of the direct one where it is measured. */
export const pathRow = shape.object({
  name: shape.text,
  path: shape.oneOf(["local", "direct", "tunnel", "none"]),
  reason: shape.text,
  /** Since when the way is this one: RFC 3339, with milliseconds. */
  since: shape.optional(shape.text),
  /** Round trip over the direct path, in milliseconds. */
  latencyMs: shape.optional(shape.number),
  /** Of the last 32 probes of full size, in percent. */
  lossPercent: shape.optional(shape.number),
  /** The largest packet that passes the direct path both ways, in bytes; the search ends at what Pods send. */
  mtu: shape.optional(count),
});
export type PathRow = ShapeType<typeof pathRow>;

/** A Pod on the bridge. Names as Antrea's antctl prints them. */
export const podInterface = shape.object({
  podName: shape.text,
  podNamespace: shape.text,
  interfaceName: shape.text,
  ips: shape.list(ip),
  mac,
  portUUID: shape.text,
  ofPort: shape.whole(0, 0xffffffff),
  containerID: shape.text,
});
export type PodInterface = ShapeType<typeof podInterface>;

/** A policy as a Node has it, and how far it is in force there. */
export const policyRow = shape.object({
  /** The UID of its source. */
  name: shape.text,
  /** As in "AntreaClusterNetworkPolicy:deny-all", "K8sNetworkPolicy:shop/web". */
  source: shape.text,
  appliedTo: shape.list(shape.text),
  rules: count,
  tierPriority: shape.optional(count),
  priority: shape.optional(shape.number),
  generation: count,
  /** The state that the switch has confirmed last. */
  realizedGeneration: shape.optional(count),
  failure: shape.optional(shape.text),
  receivedAt: shape.text,
  confirmedAt: shape.optional(shape.text),
});
export type PolicyRow = ShapeType<typeof policyRow>;

/** A group of Pods or Nodes as a Node has it. */
export const groupRow = shape.object({
  name: shape.text,
  members: shape.list(
    shape.object({
      /** "namespace/name" of a Pod, or the name of a Node. */
      member: shape.text,
      ips: shape.list(ip),
      /** As in "web:80/TCP". */
      ports: shape.list(shape.text),
    }),
  ),
});
export type GroupRow = ShapeType<typeof groupRow>;

const policySource = shape.object({
  kind: shape.text,
  /** Empty for kinds of the cluster. */
  namespace: shape.text,
  name: shape.text,
  uid: shape.text,
});

/** The policies that concern a Pod. */
export const endpointPolicies = shape.object({
  /** Those that decide on its own traffic. */
  applied: shape.list(policySource),
  /** Rules that speak of it as their other side. */
  peerOf: shape.list(
    shape.object({
      policy: policySource,
      direction: shape.oneOf(["In", "Out"]),
      /** The place in its policy's list for the direction, from 0. */
      index: count,
      name: shape.text,
    }),
  ),
});
export type EndpointPolicies = ShapeType<typeof endpointPolicies>;

/** Which connections are meant of those that rules in force forbid; all, where nothing is said. */
export const endRequest = shape.object({
  /** From or to one of these. */
  addresses: shape.optional(shape.list(ip)),
  /** Forbidden by policies made of an object with this name. */
  policy: shape.optional(
    shape.object({
      /** Empty for kinds of the cluster. */
      namespace: shape.text,
      name: shape.text,
      kind: shape.optional(shape.text),
    }),
  ),
  /** Counts, and ends nothing. */
  isDryRun: shape.truth,
});
export type EndRequest = ShapeType<typeof endRequest>;

/** Connections that were forbidden on one Node. */
export const endedConnections = shape.object({
  /** Policies of this Node that were meant; where it is none, nothing is looked at. */
  policies: count,
  /** Connections that were looked at. */
  lookedAt: count,
  ended: shape.list(
    shape.object({
      /** As in "AntreaClusterNetworkPolicy:deny-all". */
      policy: shape.text,
      direction: shape.oneOf(["In", "Out"]),
      /** The place in its policy's list for the direction, from 0; absent where the policy isolates. */
      index: shape.optional(count),
      rule: shape.optional(shape.text),
      action: shape.oneOf(["Drop", "Reject"]),
      connections: count,
    }),
  ),
  /** Ended, but the side that answered could bring them back: too many others are guarded against that. */
  unguarded: count,
});
export type EndedConnections = ShapeType<typeof endedConnections>;

/** A policy as the controller has computed it, and the Nodes that it concerns. */
export const policySpan = shape.object({ generation: count, nodes: shape.list(shape.text) });
export type PolicySpan = ShapeType<typeof policySpan>;

/** What a change of the shared settings would do on one Node. */
const flowChange = shape.object({
  change: shape.oneOf(["add", "modify", "remove"]),
  table: shape.text,
  feature: shape.text,
  flow: shape.text,
});
export type FlowChangeRow = ShapeType<typeof flowChange>;

export const nodePlan = shape.object({
  /** The settings that are left, and those that are entered, in one line each. */
  from: shape.text,
  to: shape.text,
  /** Of Pods, in bytes. */
  mtu: shape.object({ from: count, to: count }),
  /** Peers that are sent to in another form: `direct`, `routed`, `geneve:6081`. */
  paths: shape.list(
    shape.object({ node: shape.text, from: shape.text, to: shape.text, reason: shape.text }),
  ),
  flows: shape.list(flowChange),
  /** What changes of the host, a line each: "+ route 10.244.2.0/24". */
  host: shape.list(shape.text),
  /** What would not work afterwards, each a sentence. */
  problems: shape.list(shape.text),
});
export type NodePlan = ShapeType<typeof nodePlan>;

/** Objects of controlplane.antrea.io as a Node would be told them, and the names of those that would go. */
const objectsChange = shape.object({
  put: shape.list(shape.json),
  removed: shape.list(shape.text),
});
export const shareChange = shape.object({
  networkPolicies: objectsChange,
  addressGroups: objectsChange,
  appliedToGroups: objectsChange,
});

/** What another share of the policies would do on a Node. */
export const nodePolicyPlan = shape.object({
  flows: shape.list(flowChange),
  /** What changes of the Node's own table, a line each: "+ nft set NAME ipv4_addr". */
  host: shape.list(shape.text),
  /** What would not work afterwards, each a sentence. */
  problems: shape.list(shape.text),
});
export type NodePolicyPlan = ShapeType<typeof nodePolicyPlan>;

export const flowRow = shape.object({
  table: shape.text,
  priority: shape.whole(0, 65535),
  packets: count,
  bytes: count,
  /** Sixteen hex digits after 0x. */
  cookie: shape.text,
  /** The feature that asked for the flow, as the cookie says. */
  feature: shape.optional(shape.text),
  /** The object that asked for it, as in "pod:shop/cart-0". */
  owner: shape.optional(shape.text),
  /** Match and actions as `ovs-ofctl --names` writes them. */
  flow: shape.text,
});
export type FlowRow = ShapeType<typeof flowRow>;

/** Flows, groups, and how many flows there are by table and by feature. */
export const ovsFlows = shape.object({
  flows: shape.list(flowRow),
  groups: shape.list(shape.object({ group: shape.text })),
  tables: shape.list(shape.object({ id: shape.whole(0, 254), name: shape.text, flows: count })),
  features: shape.list(shape.object({ name: shape.text, flows: count })),
});
export type OvsFlows = ShapeType<typeof ovsFlows>;

/** Flows of a Node, counted in several ways, and what one more object would take. */
export const flowStat = shape.object({
  /** `owner`: the kind of object that asked for them. `one more`: not there, but what it would cost. */
  by: shape.oneOf(["table", "feature", "owner", "one more", "sum"]),
  name: shape.text,
  flows: count,
});
export type FlowStat = ShapeType<typeof flowStat>;

export const featureGateRow = shape.object({
  component: shape.oneOf(["agent", "controller"]),
  name: shape.text,
  status: shape.oneOf(["Enabled", "Disabled"]),
  /** The stage: ALPHA, BETA, GA or DEPRECATED. */
  version: shape.text,
});
export type FeatureGateRow = ShapeType<typeof featureGateRow>;

export const logLevelState = shape.object({ level: shape.oneOf(logLevels) });

export const programVersion = shape.object({
  component: shape.oneOf(["antrea-agent", "antrea-controller"]),
  version: shape.text,
});
export type ProgramVersion = ShapeType<typeof programVersion>;

/** Which packet to trace. A source is a Pod of this Node, its address, or a port of the bridge. */
export const traceRequest = shape.object({
  /** The port that the packet comes in by: its name or number. */
  port: shape.optional(shape.text),
  /** "namespace/pod" or an address. */
  source: shape.optional(shape.text),
  destination: shape.optional(shape.text),
  /** More of the packet in the words of ovs-fields(7), as in "tcp,tcp_dst=80". */
  flow: shape.optional(shape.text),
  family: shape.optional(shape.oneOf(["ipv4", "ipv6"])),
});
export type TraceRequest = ShapeType<typeof traceRequest>;

/** What `ofproto/trace` said, and the names that make it readable. */
export const traceReply = shape.object({
  /** The packet that was traced, as it was handed to `ofproto/trace`. */
  packet: shape.text,
  text: shape.text,
  /** Table names by their number. */
  tables: shape.record(shape.text),
  /** What each table does, in a sentence, by its name. */
  meanings: shape.optional(shape.record(shape.text)),
  /** What the ports of the bridge are, by number: "tunnel", "gateway", "uplink", "pod shop/cart-0". */
  ports: shape.record(shape.text),
});
export type TraceReply = ShapeType<typeof traceReply>;

export const probeRequest = shape.object({
  /** Names of Nodes; all others where it is left out. */
  nodes: shape.optional(shape.list(shape.text)),
  /** Echo requests to each Node. */
  count: shape.whole(1, 1000),
  /** How long to wait for each answer. */
  timeoutMs: shape.whole(10, 60_000),
});
export type ProbeRequest = ShapeType<typeof probeRequest>;

/** What probing the gateway address of one peer's Pod CIDR found. */
export const probeResult = shape.object({
  node: shape.text,
  address: shape.optional(ip),
  path: peerPath,
  /** What the path should carry, and the largest packet that came back whole; both in bytes. */
  mtu: shape.optional(count),
  largest: shape.optional(count),
  sent: count,
  received: count,
  /** Milliseconds; absent where nothing came back. */
  roundTrip: shape.optional(
    shape.object({ min: shape.number, mean: shape.number, max: shape.number }),
  ),
  /** Why it fails; absent where it does not. */
  failure: shape.optional(shape.text),
});
export type ProbeResult = ShapeType<typeof probeResult>;

/** A change that the agent asked of the switch or the host, and what became of it. */
export const changeRow = shape.object({
  /** Counts up from 1 since the agent started. */
  serial: count,
  /** "flow", "port", "bridge", "route", "nft table" … */
  kind: shape.text,
  /** Who wants it, as in "pod:shop/cart-0"; empty where nobody wants what was removed. */
  owner: shape.text,
  /** "found": the switch or the host was not as wanted, because somebody changed it or it started anew. */
  cause: shape.oneOf(["wanted", "found"]),
  added: count,
  modified: count,
  removed: count,
  /** What was added (+), changed (~) and removed (-), one a line; not all where they are many. */
  details: shape.list(shape.text),
  /** RFC 3339, with milliseconds. */
  wantedAt: shape.text,
  sentAt: shape.text,
  outcome: shape.oneOf(["sent", "confirmed", "refused"]),
  /** When it was confirmed or refused. */
  settledAt: shape.optional(shape.text),
  /** Why it was refused. */
  reason: shape.optional(shape.text),
});
export type ChangeRow = ShapeType<typeof changeRow>;

/** A route that traffic to a peer's Pods needs, and whether it is there. */
export const neededRoute = shape.object({
  node: shape.text,
  podCIDR: cidr,
  transportIP: shape.optional(ip),
  /** Who has to have it: this Node's kernel or bridge (the agent sees to it), or the network between. */
  keeper: shape.oneOf(["node", "fabric"]),
  state: shape.oneOf(["present", "missing", "unknown"]),
  /** How that is known. */
  reason: shape.text,
  providerID: shape.optional(shape.text),
});
export type NeededRoute = ShapeType<typeof neededRoute>;
