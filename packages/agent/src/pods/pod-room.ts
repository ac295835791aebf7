import type { ChangeLog, Logger, Realizer } from "@antrea/base";
import { invariant } from "@antrea/base";
import type { HostNetwork } from "@antrea/linux";
import { ofPort } from "@antrea/net";
import type { Flow } from "@antrea/openflow/flow";
import { portWriter } from "@antrea/ovsdb";
import type { OvsdbClient } from "@antrea/ovsdb/io";
import { type NodeNetwork, podOwner } from "@antrea/pipeline";
import { portRecords } from "../bridge/bridge-setup.ts";
import { isOurs } from "../bridge/desired-bridge.ts";
import { podOffloads } from "../host/device-offloads.ts";
import type { ThisNode } from "../node/this-node.ts";
import { type PodInterface, parsePodPort, podKey } from "./interface-store.ts";
import { podLinks } from "./io/pod-links.ts";
import { ipam } from "./ipam.ts";
import { type PodNetwork, podNetwork } from "./pod-network.ts";
import { takeUpPods } from "./start-up.ts";

export interface PodRoomDeps {
  readonly node: ThisNode;
  readonly network: NodeNetwork;
  readonly ovsdb: OvsdbClient;
  readonly host: HostNetwork;
  readonly flows: Realizer<Flow>;
  readonly changes: ChangeLog;
  readonly randomBytes: (size: number) => Uint8Array;
  /** Ends what the room started. */
  readonly signal: AbortSignal;
  readonly log: Logger;
}

/** The Pods of this Node on the bridge. */
export interface PodRoom extends PodNetwork {
  all(): readonly PodInterface[];
  /** Brings in what is there after a restart; before any call is answered. */
  takeUp(options: { readonly signal: AbortSignal }): Promise<void>;
}

export function podRoom({
  node,
  network,
  ovsdb,
  host,
  flows,
  changes,
  randomBytes,
  signal,
  log,
}: PodRoomDeps): PodRoom {
  const bridge = node.config.ovsBridge;
  const all = (): readonly PodInterface[] =>
    portRecords(ovsdb.replica, bridge).flatMap((port) => parsePodPort(port) ?? []);
  const ports = portWriter({
    client: ovsdb,
    bridge,
    owns: isOurs,
    signal,
    changes,
    ownerOf: (externalIds) => {
      const pod = parsePodPort({ name: "", externalIds });
      return pod ? podOwner(podKey(pod)) : "";
    },
  });
  const links = podLinks(host, { isIsolated: node.datapathType === "netdev" });
  const pods = podNetwork({
    links,
    flows,
    ipam: ipam(network.podCidrs),
    ports: {
      all,
      async add(name, port, options) {
        const row = await ports.add(name, port, options);
        invariant(row.ofport !== undefined, `port ${name} has a number`);
        return ofPort(row.ofport);
      },
      remove: (name, options) => ports.remove(name, options),
    },
    node: () => ({
      network,
      podCidrs: network.podCidrs,
      mtu: node.mtu,
      offloads: podOffloads(node),
    }),
    randomBytes,
    log,
  });
  return {
    ...pods,
    all,
    takeUp: (options) =>
      takeUpPods({ network: pods, pods: all, linkNames: links.names, log }, options),
  };
}
