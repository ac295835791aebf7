import type { ChangeLog, Clock, Logger, Realizer } from "@antrea/base";
import { errorText, invariant } from "@antrea/base";
import { type HostEntries, HostError, type HostNetwork, hostEndSysctls } from "@antrea/linux";
import { type Cidr, ofPort } from "@antrea/net";
import type { Flow } from "@antrea/openflow/flow";
import { type DesiredState, type PortWriter, portWriter } from "@antrea/ovsdb";
import type { OvsdbClient } from "@antrea/ovsdb/io";
import { nodeOwner, podOwner } from "@antrea/pipeline";
import { portRecords } from "../bridge/bridge-setup.ts";
import { fixedPortsOf, podPortsOf } from "../bridge/desired-bridge.ts";
import { podOffloads } from "../host/device-offloads.ts";
import type { DatapathSettled } from "../bridge/datapath-settled.ts";
import type { PodConnections } from "../bridge/pod-connections.ts";
import type { NodeNow } from "../node/node-now.ts";
import {
  findPortOwner,
  type PodInterface,
  parsePodPort,
  parseRetiredPort,
  podKey,
  retiredExternalIds,
} from "./interface-store.ts";
import { podLinks } from "./io/pod-links.ts";
import { ipam } from "./ipam.ts";
import { type PodMtus, podMtus, type PodSizes } from "./pod-mtu.ts";
import { type PodNetwork, type PodPolicies, podNetwork } from "./pod-network.ts";
import { takeUpPods } from "./start-up.ts";

export interface PodRoomDeps {
  readonly now: () => NodeNow;
  readonly ovsdb: OvsdbClient;
  readonly host: HostNetwork;
  readonly flows: Realizer<Flow>;
  readonly policies: PodPolicies;
  readonly connections: PodConnections;
  readonly datapathSettled: DatapathSettled;
  /** Of the peers that are reached without a tunnel; undefined while they are not known. */
  readonly directPodCidrs: () => readonly Cidr[] | undefined;
  readonly changes: ChangeLog;
  readonly randomBytes: (size: number) => Uint8Array;
  readonly clock: Clock;
  /** Ends what the room started. */
  readonly signal: AbortSignal;
  readonly log: Logger;
}

/** The Pods of this Node on the bridge. */
export interface PodRoom extends PodNetwork {
  all(): readonly PodInterface[];
  /** Has the bridge and the Node's own ports be so from here on. */
  settleBridge(desired: DesiredState, options: { readonly signal: AbortSignal }): Promise<void>;
  /** Puts the bridge and its ports back as they should be: see `PortWriter`. */
  readonly resyncPorts: PortWriter["resync"];
  /** Hides the Node's ends of Pods from its stack once more where somebody flushed the ruleset, and tells which. */
  resyncIsolation(): readonly string[];
  /** Brings running Pods to the Node's MTU: see `podMtus`. */
  readonly settleMtu: PodMtus["settle"];
  readonly resyncMtu: PodMtus["resync"];
  /** What the host has to hold while a Pod's link is there, by owner. */
  hostEntries(): ReadonlyMap<string, HostEntries>;
  /** Brings in what is there after a restart; before any call is answered. */
  takeUp(options: { readonly signal: AbortSignal }): Promise<void>;
}

export function podRoom({
  now,
  ovsdb,
  host,
  flows,
  policies,
  connections,
  datapathSettled,
  directPodCidrs,
  changes,
  randomBytes,
  clock,
  signal,
  log,
}: PodRoomDeps): PodRoom {
  const { node, network, desired } = now();
  const bridge = node.config.ovsBridge;
  /** Also those whose port somebody has removed: it will be put back, and nobody else is to get its address. */
  const all = (): readonly PodInterface[] => {
    const there = portRecords(ovsdb.replica, bridge);
    const names = new Set(there.map(({ name }) => name));
    const missing = [...ports.wanted].flatMap(([name, { externalIds = {}, ofPortRequest }]) =>
      names.has(name)
        ? []
        : [{ name, externalIds: new Map(Object.entries(externalIds)), ofport: ofPortRequest }],
    );
    return [...there, ...missing].flatMap((port) => parsePodPort(port) ?? []);
  };
  const ports = portWriter({
    client: ovsdb,
    desired: { ...desired, ports: fixedPortsOf(desired) },
    ports: podPortsOf(desired),
    signal,
    changes,
    ownerOf: (externalIds) => {
      const pod = findPortOwner(externalIds);
      return pod ? podOwner(podKey(pod)) : nodeOwner;
    },
  });
  const sizes = (): PodSizes => {
    const { mtu } = now().node;
    return { mtu, directPodCidrs: mtu.direct > mtu.far ? directPodCidrs() : [] };
  };
  const links = podLinks(host, { isIsolated: node.datapathType === "netdev" });
  const pods = podNetwork({
    links,
    flows,
    policies,
    connections,
    datapathSettled,
    ipam: ipam(network.podCidrs, randomBytes),
    ports: {
      all,
      retired: () =>
        portRecords(ovsdb.replica, bridge).flatMap((port) => parseRetiredPort(port) ?? []),
      async add(name, port, options) {
        const row = await ports.add(name, port, options);
        invariant(row.ofport !== undefined, `port ${name} has a number`);
        return ofPort(row.ofport);
      },
      retire: (pod, options) =>
        ports.relabel(pod.hostName, Object.fromEntries(retiredExternalIds(pod)), options),
      remove: (name, options) => ports.remove(name, options),
    },
    node: () => {
      const { node, network } = now();
      return { network, podCidrs: network.podCidrs, ...sizes(), offloads: podOffloads(node) };
    },
    randomBytes,
    clock,
    log,
  });
  const mtus = podMtus({
    pods: all,
    fit: pods.fitMtu,
    sizes,
    clock,
    log,
  });
  return {
    ...pods,
    all,
    settleBridge: (wanted, options) =>
      ports.settle({ ...wanted, ports: fixedPortsOf(wanted) }, options),
    settleMtu: mtus.settle,
    resyncMtu: mtus.resync,
    resyncPorts: ports.resync,
    resyncIsolation() {
      if (node.datapathType !== "netdev") return [];
      const hidden = host.isolatedDevices();
      const there = host.deviceFrames(); // newer kernels would hide a device that is yet to come
      return all().flatMap(({ hostName }) => {
        if (hidden.has(hostName) || !there.has(hostName) || !hides(host, hostName)) return [];
        return [`+ isolation of ${hostName}`];
      });
    },
    hostEntries: () =>
      new Map(
        all().map((pod) => [
          podOwner(podKey(pod)),
          {
            links: [{ name: pod.hostName, isUp: true }],
            sysctls: hostEndSysctls(pod.hostName),
          },
        ]),
      ),
    async takeUp(options) {
      if (node.datapathType === "system") showAll(host);
      await takeUpPods({ network: pods, pods: all, hostEnds: links.hostEnds, log }, options);
      await settleOffloads(pods, all(), log);
    },
  };
}

/** Pods that were connected for the kernel's datapath leave checksums to it, which the userspace datapath does not finish. */
async function settleOffloads(
  network: PodNetwork,
  pods: readonly PodInterface[],
  log: Logger,
): Promise<void> {
  let changed = 0;
  for (const pod of pods)
    try {
      if (await network.fitOffloads(pod)) changed += 1;
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      log.warn("Could not bring a Pod to the offloads of this datapath: it is to start anew", {
        pod: podKey(pod),
        netns: pod.netns,
        err: errorText(error),
      });
    }
  if (changed > 0)
    log.info("Running Pods finish checksums themselves from now on", { pods: changed });
}

/** Where the Node had the userspace datapath before, the kernel's bridge would get nothing of its Pods. */
function showAll(host: HostNetwork): void {
  for (const device of host.isolatedDevices()) host.showDevice(device);
}

/** Whether the device is hidden now; a Pod that goes takes its device along. */
function hides(host: HostNetwork, device: string): boolean {
  try {
    host.isolateDevice(device);
    return true;
  } catch (error) {
    if (error instanceof HostError) return false;
    throw error;
  }
}
