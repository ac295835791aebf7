import { isDeepStrictEqual } from "node:util";
import type { Logger, Realizer, Reconciler } from "@antrea/base";
import type { Cidr, IpAddress, MacAddress } from "@antrea/net";
import type { Flow } from "@antrea/openflow/flow";
import { type NodeIdentity, type NodeNetwork, nodeOwner, peerOwner } from "@antrea/pipeline";
import {
  compileHost,
  type HostPlan,
  hostRoutedPodCidrs,
  isHostRouted,
} from "../host/desired-host.ts";
import type { DatapathSettled } from "../bridge/datapath-settled.ts";
import type { TunnelNeighbours } from "../bridge/tunnel-neighbours.ts";
import type { TunnelRoute } from "../bridge/tunnel-routes.ts";
import type { HostWriter } from "../host/host-writer.ts";
import { desiredPeer } from "./desired-peer.ts";
import {
  type NextHop,
  awaitedNeighboursOf,
  type PeerContext,
  type PeerPlan,
  planPeer,
  unroutable,
} from "./peers.ts";

/** What is known of a peer and done about it, for status and for people. */
export interface PeerStatus {
  readonly plan: PeerPlan;
  /** Next hops whose Ethernet address is still unknown: direct traffic to the peer is dropped until it is. */
  readonly unresolved: readonly IpAddress[];
  /** The same of neighbours by which the peer is not sent to yet: a change waits for them. */
  readonly silent: readonly IpAddress[];
  /** Pod CIDRs of an IP family in which the host has no way to the peer. */
  readonly unroutable: readonly Cidr[];
  /** Whether bridge and host have confirmed all of the plan. */
  readonly isConfirmed: boolean;
  /** Whether no packet to the peer goes in another form than the plan's: the datapath, too, has forgotten those. */
  readonly isSettled: boolean;
}

/** The path's reason, with what still keeps it from being in force. */
export function pathReason({ plan, unresolved, unroutable, isConfirmed }: PeerStatus): string {
  const { reason } = plan.path;
  if (unroutable.length > 0) return `${reason}; ${unroutableReason(unroutable)}`;
  if (unresolved.length > 0)
    return `${reason}; waiting for the Ethernet address of ${unresolved.join(", ")}`;
  return isConfirmed ? reason : `${reason}; waiting for Open vSwitch and the host to confirm it`;
}

/** Why Pods of these networks are not reached. */
export function unroutableReason(cidrs: readonly Cidr[]): string {
  return `no way to ${cidrs.join(", ")}: the host's stack carries direct traffic, and the Nodes have no link of that IP family in common`;
}

/** The Pod CIDRs to which packets go without a tunnel, in an order of their own: the bridge has confirmed it. */
export function directPodCidrs(peers: Iterable<PeerStatus>): readonly Cidr[] {
  return [...peers]
    .filter(({ plan, isConfirmed }) => plan.path.kind === "direct" && isConfirmed)
    .flatMap(({ plan }) => plan.podCidrs)
    .sort();
}

export interface PeerReconcilerDeps {
  /** Undefined once the Node is gone. */
  readonly find: (name: string) => NodeIdentity | undefined;
  readonly context: () => PeerContext;
  readonly node: () => NodeNetwork;
  readonly host: () => HostPlan;
  /** Pod CIDRs that the host's own entries were made with at the start, by peer: until its path is chosen. */
  readonly awaited: ReadonlyMap<string, readonly Cidr[]>;
  /** Whether all peers of which the switch may have something from an earlier agent were tried. */
  readonly areEarlierKnown: () => boolean;
  readonly macOf: (hop: NextHop) => MacAddress | undefined;
  readonly flows: Realizer<Flow>;
  readonly hostWriter: HostWriter;
  readonly tunnelNeighbours: TunnelNeighbours;
  readonly tunnelRoutes: Realizer<TunnelRoute>;
  readonly peers: Map<string, PeerStatus>;
  /** Resolves when running Pods send each peer what its path carries. */
  readonly settlePods: () => Promise<void>;
  readonly datapathSettled: DatapathSettled;
  /** What is told of the way to a peer is no longer so. */
  readonly onPathsChanged: (name: string) => void;
  /** Packets to a peer go in the form of its plan from now on. */
  readonly onSettled: () => void;
  /** The bridge has what the peer needs, or nothing of it any more. */
  readonly onFlowsConfirmed: (name: string) => void;
  readonly log: Logger;
}

export interface PeerReconciler extends Reconciler<string> {
  /** Makes the host's own entries true, where they follow from the Node or from which peers it sends to itself. */
  realizeHost(): Promise<void>;
}

/** Makes the bridge and the host reach one peer Node as decided, or forget it. Keys are Node names. */
export function peerReconciler(deps: PeerReconcilerDeps): PeerReconciler {
  const { find, context, node, host, macOf, flows, hostWriter, peers, onPathsChanged, log } = deps;
  const awaited = new Map(deps.awaited);
  let hostRouted = [...awaited.values()].flat().sort();
  let realized: HostPlan | undefined = host();
  let realizing = Promise.resolve();
  /** What the Node was when all of a peer was confirmed: its flows follow from that too. */
  const confirmedWith = new Map<string, NodeNetwork>();

  /** Whoever asks for what is under way already waits for it too; what was refused is tried anew. */
  function realizeHost(): Promise<void> {
    const plans = [...peers.values()].map(({ plan }) => plan);
    const chosen = hostRoutedPodCidrs(plans, host());
    const wanted = [...chosen, ...[...awaited.values()].flat()].sort();
    if (realized === host() && wanted.join() === hostRouted.join()) return realizing;
    const plan = host();
    [hostRouted, realized] = [wanted, plan];
    realizing = hostWriter.realize(nodeOwner, compileHost(plan, wanted));
    realizing.catch(() => {
      if (realized === plan) realized = undefined;
    });
    return realizing;
  }

  /** Nobody waits for it here: what is decided of the peer next need not. */
  function settle(name: string, plan: PeerPlan, signal: AbortSignal): void {
    deps.datapathSettled({ signal }).then(
      () => {
        const status = peers.get(name);
        if (status?.plan !== plan || status.isSettled) return; // decided anew meanwhile, or gone
        peers.set(name, { ...status, isSettled: true });
        deps.onSettled();
      },
      () => {}, // all ends
    );
  }

  return {
    name: "peer",
    realizeHost,
    async reconcile(name, signal) {
      const identity = find(name);
      awaited.delete(name);
      if (!identity) {
        confirmedWith.delete(name);
        if (peers.delete(name)) {
          log.info("Forgot peer", { node: name });
          onPathsChanged(name);
        }
        const forgotten = flows.release(peerOwner(name)).then(() => deps.onFlowsConfirmed(name));
        await Promise.all([
          forgotten,
          deps.tunnelRoutes.release(peerOwner(name)),
          afterwards(forgotten, () => [realizeHost(), hostWriter.release(peerOwner(name))]),
        ]);
        return forgetNeighbours();
      }
      const planned = planPeer(identity, context());
      const network = node();
      const before = peers.get(name);
      const { isUplinkShared } = host();
      const unknownOf = (hops: readonly NextHop[]): readonly IpAddress[] =>
        isUplinkShared ? hops.filter((hop) => !macOf(hop)).map(({ address }) => address) : [];
      const unresolved = unknownOf(planned.nextHops);
      const silent = unknownOf(awaitedNeighboursOf(planned));
      const isSame =
        before &&
        confirmedWith.get(name) === network &&
        isDeepStrictEqual(before.plan, planned) &&
        isDeepStrictEqual([before.unresolved, before.silent], [unresolved, silent]);
      const plan = isSame ? before.plan : planned;
      const status = {
        ...{ plan, unresolved, silent },
        unroutable: isUplinkShared ? [] : unroutable(plan),
        isConfirmed: isSame ? before.isConfirmed : false,
        isSettled: before?.plan.form === plan.form && (before?.isSettled ?? false),
      };
      peers.set(name, status);
      if (before?.plan.path.reason !== plan.path.reason) {
        log.info("Chose path to peer", {
          node: name,
          path: plan.path.kind,
          reason: plan.path.reason,
        });
        onPathsChanged(name);
      }
      // who is about to be tunnelled to is sent smaller packets first
      if (before?.plan.path.kind === "direct" && plan.path.kind !== "direct")
        await deps.settlePods();
      const desired = desiredPeer(plan, { network, hostPlan: host() }, macOf);
      // all are wanted from here on, also if one is refused
      const ways = [
        ...tunnelHopsOf(plan).flatMap((hop) => {
          const mac = macOf(hop);
          return mac && network.uplink
            ? [deps.tunnelNeighbours.put(hop.address, mac, { signal })]
            : [];
        }),
        deps.tunnelRoutes.realize(peerOwner(name), desired.tunnelRoutes),
      ];
      const send = () =>
        flows.realize(peerOwner(name), desired.flows).then(() => deps.onFlowsConfirmed(name));
      const networks = plan.path.kind === "none" ? [] : plan.podCidrs; // others may have those first
      const tellHost = async (): Promise<void> => {
        await Promise.all([
          realizeHost(),
          hostWriter.realize(peerOwner(name), desired.host, networks),
        ]);
      };
      // where the host carries Pods' packets on, it knows the way before the bridge hands it any
      const [first, then] = isHostRouted(plan, host()) ? [tellHost, send] : [send, tellHost];
      // a tunnel has its way before its flows; to whom nothing goes yet, nothing can miss its way
      const isNew = !before && deps.areEarlierKnown();
      const firstDone = isNew ? first() : Promise.allSettled(ways).then(first);
      await Promise.all([...ways, firstDone, afterwards(firstDone, () => [then()])]);
      confirmedWith.set(name, network);
      if (!status.isConfirmed) {
        peers.set(name, { ...status, isConfirmed: true });
        onPathsChanged(name);
      }
      if (!status.isSettled) settle(name, plan, signal);
      if (before && !isDeepStrictEqual(tunnelHopsOf(before.plan), tunnelHopsOf(plan)))
        forgetNeighbours();
    },
  };

  function forgetNeighbours(): void {
    const hops = [...peers.values()].flatMap(({ plan }) => tunnelHopsOf(plan));
    deps.tunnelNeighbours.retain(new Set(hops.map(({ address }) => address)));
  }
}

/** Where the outer packets of tunnels to a peer go, over each link. */
function tunnelHopsOf({ others, ...way }: PeerPlan): readonly NextHop[] {
  return [way, ...others].flatMap(({ tunnelHop }) => tunnelHop ?? []);
}

/**
 * Pods do not wait for a host that does not carry their packets: looking at all that it has takes
 * longer the more peers there are. What comes afterwards comes also where the first has failed.
 */
async function afterwards(
  first: Promise<void>,
  then: () => readonly Promise<void>[],
): Promise<void> {
  await first.catch(() => {});
  await Promise.all(then());
}
