import type { NodeView } from "@antrea/api";
import { collectOwnHeapAtRest, systemClock as clock } from "@antrea/base/io";
import type { HostNetwork } from "@antrea/linux";
import { hostNetwork } from "@antrea/linux/io";
import { formatInterfaceAddress } from "@antrea/net";
import { isNarrower, type SentPeer } from "@antrea/pipeline/mode";
import { endRestoreWait } from "../bridge/end-restore-wait.ts";
import { shownTunnelRoutes, tellTunnelRoutes } from "../bridge/tunnel-routes.ts";
import { keepAsDesired } from "../drift.ts";
import { gathersFrames } from "../host/device-offloads.ts";
import { type GlanceNews, glanceNews } from "../glance-news.ts";
import { keptParts } from "../kept.ts";
import { agentMetrics } from "../metrics.ts";
import { followChange } from "../mode/follow.ts";
import { ownMoves, type OwnMoves } from "../mode/own-moves.ts";
import { untilRead } from "../mode/until-read.ts";
import { keepTransportPublished, publishNetworkState } from "../node/publish-transport.ts";
import { type ThisNode, transportsOf } from "../node/this-node.ts";
import { watchTransport } from "../node/watch-transport.ts";
import { moderateReceivers } from "../pods/moderation.ts";
import { keepRejecting } from "../reject/keep-rejecting.ts";
import { driftReporter } from "../report-drift.ts";
import type { PeerStatus } from "../routes/reconciler.ts";
import { backOff, type Ground } from "./ground.ts";
import type { Rooms } from "./rooms.ts";
import { devicesOf, takeStance } from "./take-stance.ts";

/** All that goes on until the agent ends. */
export function runTasks(ground: Ground, rooms: Rooms): void {
  const { tasks, metrics, node, now, nodes, nodeName, client, host, log } = ground;
  const { publisher, directPaths, pods } = rooms;
  tasks.run("status", publisher.run);
  tasks.run("paths", directPaths.run);
  tasks.run("transport annotation", (stop) =>
    keepTransportPublished(
      { client, nodes: nodes.store, node: () => now().node, backOff, clock, log },
      stop,
    ),
  );
  tasks.run("rejected packets", (stop) => keepRejecting(ground.session, stop));
  const moves = ownMoves(clock);
  tasks.run("mode", (stop) => followMode(ground, rooms, { moves }, stop));
  tasks.run("what is left of Pods", pods.clearAway);
  tasks.run("drift", (stop) => keepAll(ground, rooms, { moves }, stop));
  if (gathersFrames(node))
    tasks.run("receive moderation", (stop) =>
      moderateReceivers(
        {
          pods: pods.all,
          frames: host.deviceFrames,
          moderate({ netns, ifname }, moderation) {
            // a process that lent its namespace may be gone, and its number another's
            if (netns.startsWith("/proc/")) return;
            hostNetwork({ netnsPath: netns }).setReceiveModeration(ifname, moderation);
          },
          clock,
          log: log.child("pods"),
        },
        stop,
      ),
    );
  nodes.store.onChange((name, _, after) => {
    if (name === nodeName && after && isChanged(after, node))
      tasks.run("own Node", () =>
        Promise.reject(
          new Error(
            `The Pod CIDR of this Node changed from ${node.view.podCidrs.join(", ")} to ${after.podCidrs.join(", ")}`,
          ),
        ),
      );
  });
  tasks.run("unused memory", (stop) =>
    collectOwnHeapAtRest({ metrics, clock, log: log.child("memory"), signal: stop }),
  );
  tasks.run("own transport interface", (stop) =>
    watchTransport(
      {
        node: () => now().node,
        latest: () => nodes.store.get(nodeName),
        observe: () => host.observe(),
        follow(onChange, signal) {
          host.watch(
            (event) => {
              const isOurs = (name: string): boolean =>
                transportsOf(now().node).some(({ device }) => device === name);
              if (event.kind !== "link" || isOurs(event.link.name)) onChange();
            },
            { signal, kinds: ["address", "link"] },
          );
          const unfollow = nodes.store.onChange((name) => name === nodeName && onChange());
          signal.addEventListener("abort", unfollow);
        },
        clock,
        log: log.child("node"),
      },
      stop,
    ),
  );
}

/** Says that Pods can be connected from now on, and how long that took. */
export function tellReady({ log, metrics, nodeName }: Ground, { peers, podCount }: Rooms): void {
  const tookMs = Math.round(clock.now()); // which counts from the start of the process
  metrics.set(agentMetrics.startDuration.name, tookMs / 1000);
  log.info("Ready to connect Pods", {
    node: nodeName,
    peers: peers.status.size,
    pods: podCount(),
    tookMs,
  });
}

/** Follows changes of the settings that all Nodes share. */
async function followMode(
  ground: Ground,
  rooms: Rooms,
  { moves }: { readonly moves: OwnMoves },
  signal: AbortSignal,
): Promise<void> {
  const { client, nodes, nodeName, node, host, modeChange, modeChanges, now, log } = ground;
  const { peers, pods } = rooms;
  await pods.settleMtu(); // before anything is told of what Pods take
  return followChange(
    {
      first: node.stance,
      hasTunnel: node.hasTunnel,
      look: () => ({
        change: modeChange(),
        nodes: [...nodes.store.values()],
        peers: [...peers.status.values()].flatMap(sentOf),
        links: linkTexts(now().node),
      }),
      heard: () => nodes.store.get(nodeName)?.state,
      async take(next, end) {
        const { node: before } = now();
        if (before.isUplinkShared && isNarrower(next, before.stance))
          await untilRead(devicesOf(before), { host, clock, log: log.child("mode") }, end);
        await moves.during(() => takeStance(ground, rooms, next, end));
        // entries of before are as wide as the flows were: of a shared link, the host had all that is no tunnel
        if (isNarrower(before.stance, next)) await ground.datapathSettled({ signal: end });
      },
      tell: (state, end) => publishNetworkState(client, nodeName, state, end),
      follow(onChange, end) {
        const stops = [
          nodes.store.onChange(onChange),
          modeChanges.store.onChange(onChange),
          peers.onChange(onChange),
        ];
        end.addEventListener("abort", () => stops.forEach((undo) => undo()));
      },
      backOff,
      clock,
      log: log.child("mode"),
    },
    signal,
  );
}

/** How a peer is sent to, and who is not known yet by whom it will be. */
function sentOf({ plan, silent, isConfirmed, isSettled }: PeerStatus): readonly SentPeer[] {
  const [unresolved] = silent;
  return [plan.form, ...(plan.mayTurnTo ?? [])].map((form) => ({
    ...{ name: plan.identity.name, form, isConfirmed: isConfirmed && isSettled, unresolved },
  }));
}

/** Where this Node is reached over each of its links. */
function linkTexts({ links }: ThisNode): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    [...links].map(([choice, { addresses }]) => [choice, addresses.map(formatInterfaceAddress)]),
  );
}

/** Before anything is compared, or a change between would be missed. */
function hostNewsOf(host: HostNetwork, signal: AbortSignal): GlanceNews {
  const news = glanceNews();
  host.watch(news.heard, { signal });
  return news;
}

/** Puts back what others change of the switch and the host. */
function keepAll(
  ground: Ground,
  rooms: Rooms,
  { moves }: { readonly moves: OwnMoves },
  signal: AbortSignal,
): Promise<void> {
  const { session, flows, news, tunnelRoutes, neighbours, ovsdb, control, now } = ground;
  const { node, metrics, host, log } = ground;
  const { hostSide, pods, events } = rooms;
  return keepAsDesired(
    {
      kept: keptParts({
        isSettled: () => session.isSettled && !moves.isUnderWay(),
        flows,
        news,
        tunnelRoutes,
        shownRoutes: (stop) => shownTunnelRoutes(control, { signal: stop }),
        hostWriter: hostSide,
        hostNews: hostNewsOf(host, signal),
        tunnelNeighbours: neighbours,
        endRestoreWait: (stop) => endRestoreWait(ovsdb, { signal: stop }),
        retellTunnels: (stop) => tellTunnelRoutes(control, now().tunnelEnds, { signal: stop }),
        pods,
        ovsdb,
        clock,
      }),
      report: driftReporter({
        node: node.view,
        note: events.record,
        onCorrected: (part, count) =>
          metrics.inc(agentMetrics.driftCorrected.name, { part }, count),
        clock,
        signal,
        log: log.child("drift"),
      }),
      clock,
      log: log.child("drift"),
    },
    signal,
  );
}

/** What this agent was built on does not change under it: it starts anew. */
function isChanged(after: NodeView, { view }: ThisNode): boolean {
  return after.podCidrs.length > 0 && after.podCidrs.join() !== view.podCidrs.join();
}
