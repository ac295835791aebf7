import type { NodeView } from "@antrea/api";
import {
  type BackOff,
  type Clock,
  type Logger,
  type Realizer,
  reconcileWorker,
} from "@antrea/base";
import type { Store } from "@antrea/kube";
import { type HostNetwork, routeProtocol } from "@antrea/linux";
import type { Cidr, MacAddress } from "@antrea/net";
import type { Flow } from "@antrea/openflow/flow";
import { type NodeIdentity } from "@antrea/pipeline";
import { takes } from "@antrea/pipeline/mode";
import type { DatapathSettled } from "../bridge/datapath-settled.ts";
import type { TunnelNeighbours } from "../bridge/tunnel-neighbours.ts";
import type { TunnelRoute } from "../bridge/tunnel-routes.ts";
import type { HostWriter } from "../host/host-writer.ts";
import { identityOf } from "../node/self.ts";
import type { NodeNow } from "../node/node-now.ts";
import type { ThisNode } from "../node/this-node.ts";
import type { PeerPreview } from "../plan/plan-change.ts";
import { neighbourTable } from "./neighbour-table.ts";
import { attempts } from "./attempts.ts";
import { desiredPeer } from "./desired-peer.ts";
import { isReachedBy, neighboursOf, type NextHop, type PeerContext, planPeer } from "./peers.ts";
import { type EarlierClaim, podCidrClaims } from "./pod-cidr-claims.ts";
import {
  directPodCidrs,
  type PeerReconciler,
  type PeerReconcilerDeps,
  type PeerStatus,
  peerReconciler,
} from "./reconciler.ts";

export interface PeerRoomDeps {
  readonly now: () => NodeNow;
  /** Pod CIDRs that the host's own entries were made with at the start, by peer. */
  readonly awaited: ReadonlyMap<string, readonly Cidr[]>;
  readonly nodes: Store<NodeView>;
  readonly host: HostNetwork;
  readonly hostWriter: HostWriter;
  readonly tunnelNeighbours: TunnelNeighbours;
  readonly tunnelRoutes: Realizer<TunnelRoute>;
  readonly flows: Realizer<Flow>;
  readonly settlePods: PeerReconcilerDeps["settlePods"];
  readonly datapathSettled: DatapathSettled;
  readonly direct: PeerContext["direct"];
  readonly onPathsChanged: (name: string) => void;
  /** Told how long it took from the news of a peer until the bridge had what follows. */
  readonly onFlowsConfirmed: (tookMs: number) => void;
  readonly backOff: BackOff;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The other Nodes, and all that is kept for each of them on the bridge and on the host. */
export interface PeerRoom extends Pick<PeerReconciler, "realizeHost"> {
  readonly status: ReadonlyMap<string, PeerStatus>;
  /** Calls back when something of `status` has changed; gives what ends that. */
  onChange(listener: () => void): () => void;
  /** Of a neighbour, as far as it is known. */
  macOf(hop: NextHop): MacAddress | undefined;
  /** Has a peer's path chosen anew: what was found of it has changed. */
  reconsider(name: string): void;
  /** Every peer as it would be with this Node so, if each took all that is sent to it. */
  preview(then: Pick<NodeNow, "node" | "network" | "hostPlan">): readonly PeerPreview[];
  /** Reconciles every known peer once, and then as they change, until the signal. */
  run(signal: AbortSignal): Promise<void>;
  /**
   * Has every peer that is known now reconciled, and resolves when each was tried: what can be had of it is
   * had, the rest is retried.
   */
  tryAll(options: { readonly signal: AbortSignal }): Promise<void>;
  /** Of the peers that the bridge reaches without a tunnel; undefined before all were tried once. */
  directPodCidrs(): readonly Cidr[] | undefined;
}

export function peerRoom(deps: PeerRoomDeps): PeerRoom {
  const { now, nodes, host, log } = deps;
  const own = now().node.view.name;
  const status = new Map<string, PeerStatus>();
  const neighbours = neighbourTable();
  const claims = podCidrClaims();
  let isKnown = false;
  /** Since when there is news of a peer that the bridge does not have yet. */
  const newsSince = new Map<string, number>();
  const listeners = new Set<() => void>();
  const tries = attempts();
  const find = (name: string): NodeIdentity | undefined =>
    name === own ? undefined : peerIdentity(nodes.get(name));
  const contextOf = (node: ThisNode): PeerContext => ({
    stance: node.stance,
    takes: (name, form) => takes(nodes.get(name), form, node.stance),
    local: node.identity,
    deviceOf: (link) => (node.links.get(link) ?? node.transport).device,
    refusal: (name) => refusal(claims.earlier(name)),
    direct: deps.direct,
    resolve: host.resolveRoute,
  });
  const reconciler = peerReconciler({
    find,
    context: () => contextOf(now().node),
    node: () => now().network,
    host: () => now().hostPlan,
    awaited: deps.awaited,
    areEarlierKnown: () => isKnown,
    macOf: neighbours.macOf,
    flows: deps.flows,
    hostWriter: deps.hostWriter,
    tunnelNeighbours: deps.tunnelNeighbours,
    tunnelRoutes: deps.tunnelRoutes,
    peers: status,
    settlePods: deps.settlePods,
    onPathsChanged(name) {
      deps.onPathsChanged(name);
      tellListeners();
    },
    datapathSettled: deps.datapathSettled,
    onSettled: tellListeners,
    onFlowsConfirmed: tellConfirmed,
    log,
  });
  const worker = reconcileWorker<string>(
    {
      name: reconciler.name,
      reconcile(name, signal) {
        const end = tries.begin(name);
        return reconciler.reconcile(name, signal).finally(end);
      },
    },
    { backOff: deps.backOff, clock: deps.clock, log, concurrency: 16 },
  );

  function tellListeners(): void {
    for (const listener of listeners) listener();
  }

  function tellConfirmed(name: string): void {
    const since = newsSince.get(name);
    newsSince.delete(name);
    if (since !== undefined) deps.onFlowsConfirmed(deps.clock.now() - since);
  }

  /** Has the peers reconciled; resolves when each was tried. */
  async function tryEach(names: readonly string[], signal: AbortSignal): Promise<void> {
    const tried = tries.each(names, { signal });
    for (const name of names) worker.add(name);
    await tried;
  }

  const names = (): string[] => [...nodes.keys()].filter((name) => name !== own);

  async function observeNeighbours(): Promise<void> {
    const { neighbours: known } = await host.observe();
    for (const entry of known.values()) neighbours.update(entry);
    for (const name of status.keys()) worker.add(name);
  }

  /** The host's neighbours, and its routes to peers that are not ours. */
  function followHost(signal: AbortSignal): void {
    host.watch(
      (event) => {
        if (event.kind === "resync") return void observeNeighbours();
        if (event.kind === "route" && event.route.protocol !== routeProtocol.antrea) {
          const { destination } = event.route;
          for (const [name, { plan }] of status)
            if (isReachedBy(plan, destination)) worker.add(name);
        }
        if (event.kind !== "neighbour" || !neighbours.update(event.neighbour)) return;
        const { address } = event.neighbour;
        for (const [name, { plan }] of status)
          if (neighboursOf(plan).some((hop) => hop.address === address)) worker.add(name);
      },
      // with links: one that comes later is else told of without its name
      { signal, kinds: ["link", "neighbour", "route"] },
    );
  }

  return {
    status,
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    realizeHost: reconciler.realizeHost,
    macOf: neighbours.macOf,
    reconsider: worker.add,
    async run(signal) {
      followHost(signal);
      await observeNeighbours();
      const stop = nodes.onChange((name, _, after) => {
        const isPeer = (one: string): boolean => one !== own;
        if (isPeer(name) && !newsSince.has(name)) newsSince.set(name, deps.clock.now());
        const rivals = [...claims.set(name, after)].filter(isPeer);
        if (after || !isPeer(name)) {
          for (const changed of [name, ...rivals].filter(isPeer)) worker.add(changed);
          return;
        }
        // what a Node leaves to another passes on without a gap: wanted by the heir, then let go
        tryEach(rivals, signal).then(
          () => worker.add(name),
          () => {}, // all ends
        );
      });
      await worker.run(signal).finally(stop);
    },
    preview: (then) =>
      names().flatMap((name) => {
        const identity = find(name);
        if (!identity) return [];
        const plan = planPeer(identity, { ...contextOf(then.node), takes: () => true });
        return [{ plan, ...desiredPeer(plan, then, neighbours.macOf) }];
      }),
    async tryAll({ signal }) {
      await tryEach(names(), signal);
      isKnown = true;
    },
    directPodCidrs: () => (isKnown ? directPodCidrs(status.values()) : undefined),
  };
}

function refusal(claim: EarlierClaim | undefined): string | undefined {
  return (
    claim && `its Pod CIDR ${claim.cidr} overlaps ${claim.theirs}, which ${claim.by} had first`
  );
}

/** A peer without Pod CIDR has nothing to be reached yet. */
function peerIdentity(view: NodeView | undefined): NodeIdentity | undefined {
  return view && view.podCidrs.length > 0 ? identityOf(view) : undefined;
}
