import { definePipeline } from "./define-pipeline.ts";

/**
 * Every table of the bridge, in pipeline order. Numbers are never written: they are the place in
 * this list. Names are Antrea's where the table does what Antrea's does.
 */
export const tables = definePipeline({
  PipelineRootClassifier: {
    means: "splits traffic by where it enters and by protocol",
    miss: "drop",
    next: ["UplinkClassifier", "ARPSpoofGuard", "Classifier", "NDSpoofGuard"],
  },
  UplinkClassifier: {
    means:
      "takes from the uplink what is the bridge's: tunnels of peers, their un-encapsulated traffic, traffic from outside to local Pods; the host keeps the rest",
    miss: "drop",
    next: ["ConntrackZone"],
  },
  ARPSpoofGuard: {
    means: "lets a Pod speak ARP only for its own addresses",
    miss: "drop",
    next: ["ARPResponder"],
  },
  ARPResponder: {
    means: "answers every ARP request itself, so that no Pod hears another's broadcasts",
    miss: "drop",
    next: [],
  },
  Classifier: {
    means: "records where a packet entered; accepts tunnels from known Nodes only",
    miss: "next",
    next: ["SpoofGuard", "ConntrackZone"],
  },
  SpoofGuard: {
    means: "lets a Pod send only from its own addresses",
    miss: "drop",
    next: ["ConntrackZone"],
  },
  ConntrackZone: {
    means: "looks the connection up",
    miss: "drop",
    next: ["ConntrackState"],
  },
  ConntrackState: {
    means: "drops what belongs to no valid connection",
    miss: "next",
    next: ["EgressSecurityClassifier"],
  },
  EgressSecurityClassifier: {
    means:
      "says who is asked for permission to send: not live connections, not what comes from other Nodes, not what goes to a Service and comes back with its real destination",
    miss: "next",
    next: ["AntreaPolicyEgressRule", "EgressMetric", "L3Forwarding"],
  },
  AntreaPolicyEgressRule: {
    means: "egress rules of Antrea's tiers, the most important first",
    miss: "next",
    next: ["EgressRule", "EgressMetric"],
  },
  EgressRule: {
    means: "egress that NetworkPolicies of Kubernetes allow",
    miss: "next",
    next: ["EgressDefaultRule", "EgressMetric"],
  },
  EgressDefaultRule: {
    means:
      "drops other egress of Pods that a NetworkPolicy of Kubernetes isolates; then the baseline tiers",
    miss: "next",
    next: ["EgressMetric"],
  },
  EgressMetric: {
    means: "counts for each egress rule, and drops what a rule denied",
    miss: "next",
    next: ["L3Forwarding"],
  },
  L3Forwarding: {
    means:
      "finds the way: a local Pod, the gateway, a peer by tunnel or directly, or the world outside",
    miss: "drop",
    next: ["L3DecTTL", "IngressSecurityClassifier"],
  },
  RecentDestinations: {
    means:
      "notes of the remote Pods that this Node sends to, with the way taken: L3Forwarding writes them and asks here, and goes on by itself",
    miss: "drop",
    next: [],
  },
  L3DecTTL: {
    means: "counts the hop of what the bridge routed",
    miss: "next",
    next: ["IngressSecurityClassifier"],
  },
  IngressSecurityClassifier: {
    means:
      "says who is asked for permission to receive: local Pods, for what begins a connection and comes not from their own Node itself",
    miss: "next",
    next: ["ConntrackCommit", "AntreaPolicyIngressRule", "IngressMetric", "Output"],
  },
  AntreaPolicyIngressRule: {
    means: "ingress rules of Antrea's tiers, the most important first",
    miss: "next",
    next: ["IngressRule", "IngressMetric"],
  },
  IngressRule: {
    means: "ingress that NetworkPolicies of Kubernetes allow",
    miss: "next",
    next: ["IngressDefaultRule", "IngressMetric"],
  },
  IngressDefaultRule: {
    means:
      "drops other ingress of Pods that a NetworkPolicy of Kubernetes isolates; then the baseline tiers",
    miss: "next",
    next: ["IngressMetric"],
  },
  IngressMetric: {
    means: "counts for each ingress rule, and drops what a rule denied",
    miss: "next",
    next: ["ConntrackCommit"],
  },
  ConntrackCommit: {
    means: "remembers new connections, where they came from and which rules let them pass",
    miss: "next",
    next: ["Output"],
  },
  Output: { means: "sends the packet out of the port that was chosen", miss: "drop", next: [] },
  NDSpoofGuard: {
    means:
      "lets a Pod ask for its IPv6 neighbours only as itself; drops all else of neighbour discovery, advertisements of routers first",
    miss: "drop",
    next: ["NDResponder"],
  },
  NDResponder: {
    means:
      "answers every neighbour solicitation itself, so that no Pod hears another's; where the datapath cannot, brings it to the one who is asked, and the answer back",
    miss: "drop",
    next: [],
  },
  SctpReplies: {
    means:
      "notes of what answers to SCTP look like, which the userspace datapath tracks without ports: ConntrackCommit writes them, EgressSecurityClassifier asks here and goes on by itself",
    miss: "drop",
    next: [],
  },
});

export type TableName = keyof typeof tables;

/** Table names by number, as `ovs-ofctl` and the Flow_Table rows know them. */
export const tableNames: ReadonlyMap<number, TableName> = new Map(
  Object.values(tables).map((table) => [table.id, table.name]),
);
