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
import type { Flow } from "@antrea/openflow/flow";
import type { NodeIdentity, NodeNetwork } from "@antrea/pipeline";
import type { HostPlan } from "../host/desired-host.ts";
import type { TunnelNeighbours } from "../bridge/tunnel-neighbours.ts";
import type { TunnelRoute } from "../bridge/tunnel-routes.ts";
import type { HostWriter } from "../host/host-writer.ts";
import { identityOf } from "../node/self.ts";
import type { ThisNode } from "../node/this-node.ts";
import { neighbourTable } from "./neighbour-table.ts";
import { isReachedBy, neighboursOf } from "./peers.ts";
import { type EarlierClaim, podCidrClaims } from "./pod-cidr-claims.ts";
import { peerReconciler, type PeerStatus } from "./reconciler.ts";

export interface PeerRoomDeps {
  readonly node: ThisNode;
  readonly network: NodeNetwork;
  readonly hostPlan: HostPlan;
  readonly nodes: Store<NodeView>;
  readonly host: HostNetwork;
  readonly hostWriter: HostWriter;
  readonly tunnelNeighbours: TunnelNeighbours;
  readonly tunnelRoutes: Realizer<TunnelRoute>;
  readonly flows: Realizer<Flow>;
  readonly onPathsChanged: () => void;
  readonly backOff: BackOff;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The other Nodes, and all that is kept for each of them on the bridge and on the host. */
export interface PeerRoom {
  readonly status: ReadonlyMap<string, PeerStatus>;
  /** Reconciles every known peer once, and then as they change, until the signal. */
  run(signal: AbortSignal): Promise<void>;
  /** Resolves when every peer known now was tried once: what can be had of it is had, the rest is retried. */
  firstPass(options: { readonly signal: AbortSignal }): Promise<void>;
}

export function peerRoom(deps: PeerRoomDeps): PeerRoom {
  const { node, nodes, host, log } = deps;
  const status = new Map<string, PeerStatus>();
  const neighbours = neighbourTable();
  const claims = podCidrClaims();
  const tried = new Set<string>();
  let next = Promise.withResolvers<void>();
  const reconciler = peerReconciler({
    find: (name) => (name === node.view.name ? undefined : peerIdentity(nodes.get(name))),
    context: () => ({
      mode: node.config.trafficEncapMode,
      local: node.identity,
      transportDevice: node.transport.device,
      refusal: (name) => refusal(claims.earlier(name)),
      resolve: host.resolveRoute,
    }),
    node: () => deps.network,
    host: () => deps.hostPlan,
    macOf: neighbours.macOf,
    flows: deps.flows,
    hostWriter: deps.hostWriter,
    tunnelNeighbours: deps.tunnelNeighbours,
    tunnelRoutes: deps.tunnelRoutes,
    peers: status,
    onPathsChanged: deps.onPathsChanged,
    log,
  });
  const worker = reconcileWorker<string>(
    {
      name: reconciler.name,
      reconcile: (name, signal) =>
        reconciler.reconcile(name, signal).finally(() => {
          tried.add(name);
          next.resolve();
        }),
    },
    { backOff: deps.backOff, clock: deps.clock, log, concurrency: 16 },
  );

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
      { signal, kinds: ["neighbour", "route"] },
    );
  }

  return {
    status,
    async run(signal) {
      followHost(signal);
      await observeNeighbours();
      const stop = nodes.onChange((name, _, after) => {
        const rivals = claims.set(name, after);
        for (const changed of [name, ...rivals])
          if (changed !== node.view.name) worker.add(changed);
      });
      await worker.run(signal).finally(stop);
    },
    async firstPass({ signal }) {
      const names = [...nodes.keys()].filter((name) => name !== node.view.name);
      for (const name of names) worker.add(name);
      while (!names.every((name) => tried.has(name))) {
        signal.throwIfAborted();
        next = Promise.withResolvers<void>();
        await next.promise;
      }
    },
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
