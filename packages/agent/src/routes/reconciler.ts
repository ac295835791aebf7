import type { Logger, Realizer, Reconciler } from "@antrea/base";
import type { IpAddress, MacAddress } from "@antrea/net";
import type { Flow } from "@antrea/openflow/flow";
import { compilePeer, type NodeIdentity, type NodeNetwork, peerOwner } from "@antrea/pipeline";
import { compilePeerHost, type HostPlan } from "../host/desired-host.ts";
import type { TunnelNeighbours } from "../bridge/tunnel-neighbours.ts";
import type { HostWriter } from "../host/host-writer.ts";
import {
  type NextHop,
  type PeerContext,
  type PeerPlan,
  planPeer,
  withLinkAddresses,
} from "./peers.ts";

/** What is known of a peer and done about it, for status and for people. */
export interface PeerStatus {
  readonly plan: PeerPlan;
  /** Next hops whose Ethernet address is still unknown: direct traffic to the peer is dropped until it is. */
  readonly unresolved: readonly IpAddress[];
}

export interface PeerReconcilerDeps {
  /** Undefined once the Node is gone. */
  readonly find: (name: string) => NodeIdentity | undefined;
  readonly context: () => PeerContext;
  readonly node: () => NodeNetwork;
  readonly host: () => HostPlan;
  readonly macOf: (hop: NextHop) => MacAddress | undefined;
  readonly flows: Realizer<Flow>;
  readonly hostWriter: HostWriter;
  readonly tunnelNeighbours: TunnelNeighbours;
  readonly peers: Map<string, PeerStatus>;
  readonly onPathsChanged: () => void;
  readonly log: Logger;
}

/** Makes the bridge and the host reach one peer Node as decided, or forget it. Keys are Node names. */
export function peerReconciler(deps: PeerReconcilerDeps): Reconciler<string> {
  const { find, context, node, host, macOf, flows, hostWriter, peers, onPathsChanged, log } = deps;
  return {
    name: "peer",
    async reconcile(name, signal) {
      const identity = find(name);
      if (!identity) {
        await Promise.all([flows.release(peerOwner(name)), hostWriter.release(peerOwner(name))]);
        if (!peers.delete(name)) return;
        log.info("Forgot peer", { node: name });
        return onPathsChanged();
      }
      const plan = planPeer(identity, context());
      const before = peers.get(name);
      const unresolved =
        host().isUplinkShared && plan.nextHop && !macOf(plan.nextHop) ? [plan.nextHop.address] : [];
      peers.set(name, { plan, unresolved });
      if (before?.plan.path.reason !== plan.path.reason) {
        log.info("Chose path to peer", {
          node: name,
          path: plan.path.kind,
          reason: plan.path.reason,
        });
        onPathsChanged();
      }
      const tunnelMac = plan.tunnelHop && macOf(plan.tunnelHop);
      if (plan.tunnelHop && tunnelMac && node().uplink) {
        await deps.tunnelNeighbours.put(plan.tunnelHop.address, tunnelMac, { signal });
      }
      // both are wanted from here on, also if one is refused
      await Promise.all([
        hostWriter.realize(peerOwner(name), compilePeerHost(plan, host())),
        flows.realize(peerOwner(name), compilePeer(withLinkAddresses(plan, macOf), node())),
      ]);
    },
  };
}
