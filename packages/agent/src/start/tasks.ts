import { randomBytes } from "node:crypto";
import { type NodeView, settingsText } from "@antrea/api";
import { errorText } from "@antrea/base";
import { systemClock as clock } from "@antrea/base/io";
import type { HostNetwork } from "@antrea/linux";
import { hostNetwork } from "@antrea/linux/io";
import type { DesiredState } from "@antrea/ovsdb";
import { formatInterfaceAddress } from "@antrea/net";
import { compileNode, nodeOwner } from "@antrea/pipeline";
import { type SentPeer, settingsOf } from "@antrea/pipeline/mode";
import { endRestoreWait } from "../bridge/end-restore-wait.ts";
import { reopenBridge } from "../bridge/open-bridge.ts";
import { tellTunnelRoutes } from "../bridge/tunnel-routes.ts";
import { keepAsDesired } from "../drift.ts";
import { gathersFrames } from "../host/device-offloads.ts";
import { type HostNews, hostNews } from "../host/host-news.ts";
import { keptParts } from "../kept.ts";
import { agentMetrics } from "../metrics.ts";
import { followChange } from "../mode/follow.ts";
import { discoverLinks } from "../node/discovery.ts";
import { keepTransportPublished, publishNetworkState } from "../node/publish-transport.ts";
import { nodeNow } from "../node/node-now.ts";
import { nodeAs, stanceToTake, type ThisNode, transportsOf } from "../node/this-node.ts";
import { watchTransport } from "../node/watch-transport.ts";
import { moderateReceivers } from "../pods/moderation.ts";
import { keepRejecting } from "../reject/keep-rejecting.ts";
import { driftReporter } from "../report-drift.ts";
import type { PeerStatus } from "../routes/reconciler.ts";
import { backOff, type Ground } from "./ground.ts";
import type { Rooms } from "./rooms.ts";

/** All that goes on until the agent ends. */
export function runTasks(ground: Ground, rooms: Rooms): void {
  const { tasks, node, now, nodes, nodeName, client, host, log } = ground;
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
  tasks.run("mode", (stop) => followMode(ground, rooms, stop));
  tasks.run("what is left of Pods", pods.clearAway);
  tasks.run("drift", (stop) => keepAll(ground, rooms, stop));
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
async function followMode(ground: Ground, rooms: Rooms, signal: AbortSignal): Promise<void> {
  const { client, nodes, nodeName, modeChange, modeChanges, ovsdb, flows, now, log } = ground;
  const { node, host, tunnelRoutes } = ground;
  const { peers, pods, policies, publisher } = rooms;
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
        const before = now().node;
        const observed = await host.observe();
        const stance = stanceToTake(next, observed, before.view);
        const links = discoverLinks(observed, before.view, settingsOf(stance));
        const wanted = nodeAs(before, stance, links);
        const settle = (bridge: DesiredState) => pods.settleBridge(bridge, { signal: end });
        const opened = await reopenBridge(ovsdb.replica, wanted, {
          settle,
          randomBytes,
          signal: end,
        });
        ground.become(nodeNow(wanted, opened));
        await tunnelRoutes.realize(nodeOwner, ground.ownRoutes());
        await Promise.all([
          flows.realize(nodeOwner, compileNode(now().network)),
          peers.realizeHost(),
          policies.guard.refresh(),
          pods.settleMtu(),
        ]);
        await peers.tryAll({ signal: end });
        giveBack(ground, before);
        log.info("Sends and takes traffic anew", {
          change: next.change,
          step: next.step,
          sends: next.preferred.map(settingsText),
          takes: next.accepted.map(settingsText),
        });
        publisher.changed();
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
function sentOf({ plan, silent, isConfirmed }: PeerStatus): readonly SentPeer[] {
  const [unresolved] = silent;
  return [plan.form, ...(plan.mayTurnTo ?? [])].map((form) => ({
    ...{ name: plan.identity.name, form, isConfirmed, unresolved },
  }));
}

/** Where this Node is reached over each of its links. */
function linkTexts({ links }: ThisNode): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    [...links].map(([choice, { addresses }]) => [choice, addresses.map(formatInterfaceAddress)]),
  );
}

/** A link that the bridge reads no more joins segments again, as the kernel likes it. */
function giveBack({ host, now, log }: Ground, before: ThisNode): void {
  if (!before.isUplinkShared) return;
  const kept = new Set(transportsOf(now().node).map(({ device }) => device));
  for (const { device } of transportsOf(before))
    try {
      if (!kept.has(device)) host.setOffload(device, { gro: true });
    } catch (error) {
      log.warn("Could not give a link back its offloads", { device, err: errorText(error) });
    }
}

/** Before anything is compared, or a change between would be missed. */
function hostNewsOf(host: HostNetwork, signal: AbortSignal): HostNews {
  const news = hostNews();
  host.watch(news.heard, { signal });
  return news;
}

/** Puts back what others change of the switch and the host. */
function keepAll(ground: Ground, rooms: Rooms, signal: AbortSignal): Promise<void> {
  const { session, flows, news, tunnelRoutes, neighbours, ovsdb, control, ownRoutes } = ground;
  const { node, metrics, host, log } = ground;
  const { hostSide, pods, events } = rooms;
  return keepAsDesired(
    {
      kept: keptParts({
        isSettled: () => session.isSettled,
        flows,
        news,
        tunnelRoutes,
        hostWriter: hostSide,
        hostNews: hostNewsOf(host, signal),
        tunnelNeighbours: neighbours,
        endRestoreWait: (stop) => endRestoreWait(ovsdb, { signal: stop }),
        retellTunnels: (stop) => tellTunnelRoutes(control, ownRoutes(), { signal: stop }),
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
