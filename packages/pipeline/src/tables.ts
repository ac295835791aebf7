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
    next: ["L3Forwarding"],
  },
  L3Forwarding: {
    means:
      "finds the way: a local Pod, the gateway, a peer by tunnel or directly, or the world outside",
    miss: "drop",
    next: ["L3DecTTL", "ConntrackCommit"],
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
    next: ["ConntrackCommit"],
  },
  ConntrackCommit: {
    means: "remembers new connections and where they came from",
    miss: "next",
    next: ["Output"],
  },
  Output: { means: "sends the packet out of the port that was chosen", miss: "drop", next: [] },
  // after the others, whose numbers an upgrade leaves as they are
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
});

export type TableName = keyof typeof tables;

/** Table names by number, as `ovs-ofctl` and the Flow_Table rows know them. */
export const tableNames: ReadonlyMap<number, TableName> = new Map(
  Object.values(tables).map((table) => [table.id, table.name]),
);
