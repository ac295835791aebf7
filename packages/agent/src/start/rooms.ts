import { randomBytes } from "node:crypto";
import {
  type AgentConfig,
  networkSettingsOf,
  objectNames,
  sameSettings,
  settingsText,
} from "@antrea/api";
import { cniPaths } from "@antrea/api/cni";
import { systemClock as clock } from "@antrea/base/io";
import { eventRecorder } from "@antrea/kube/io";
import type { OvsdbClient } from "@antrea/ovsdb/io";
import { compileNode, nodeOwner } from "@antrea/pipeline";
import { endRestoreWait } from "../bridge/end-restore-wait.ts";
import type { SwitchLink } from "../bridge/switch-link.ts";
import { compileHost } from "../host/desired-host.ts";
import { deviceOffloads } from "../host/device-offloads.ts";
import { hostWriter } from "../host/host-writer.ts";
import { collectMetrics } from "../info/collect-metrics.ts";
import { agentConditions } from "../info/conditions.ts";
import { withoutEffect } from "../info/datapath-limits.ts";
import { gatherInfo } from "../info/gather.ts";
import { infoPublisher } from "../info/publisher.ts";
import { agentMetrics } from "../metrics.ts";
import { type ThisNode, transportsOf } from "../node/this-node.ts";
import { measures, measuresAny } from "../paths/measures.ts";
import { pathHistory } from "../paths/path-history.ts";
import { pathRoom } from "../paths/path-room.ts";
import { fallReporter } from "../paths/report-falls.ts";
import { podPolicies } from "../policy/pod-policies.ts";
import { cniDispatcher, type NotReady } from "../pods/cni-dispatcher.ts";
import { pendingDels } from "../pods/io/pending-dels.ts";
import { podRoom } from "../pods/pod-room.ts";
import { peerRoom } from "../routes/peer-room.ts";
import { backOff, type Ground, random } from "./ground.ts";
import { policiesOf } from "./policies.ts";

/** What this Node is kept by. */
export type Rooms = Awaited<ReturnType<typeof furnish>>;

/** The rooms that keep the host, Pods and peers, and what tells of them. Nothing runs yet but the host's own entries. */
export async function furnish(ground: Ground) {
  const { environment, config, nodeName, log, tasks, changes, metrics, client, nodes } = ground;
  const { ovsdb, host, node, now, neighbours, tunnelRoutes, session, flows, connections } = ground;
  const events = eventRecorder({
    client,
    source: { component: objectNames.agent, host: nodeName },
    log: log.child("events"),
    clock,
  });
  const tellFall = fallReporter({
    node: node.view,
    note: events.record,
    clock,
    signal: tasks.signal,
  });
  const hostSide = hostWriter({
    network: host,
    ownDevices: [config.hostGateway],
    offloads: () =>
      deviceOffloads(
        node,
        transportsOf(now().node).map(({ device }) => device),
      ),
    changes,
    whilePresent: () => pods.hostEntries(),
    arePoliciesKnown: ground.arePoliciesKnown,
    now: clock.now,
  });

  const policies = policiesOf(ground, hostSide, () => isTakenUp);
  policies.tellOf(events.record);
  let isTakenUp = false;
  const pods = podRoom({
    policies: podPolicies({
      room: policies.room,
      isTold: () => !policies.source.isAbsent,
      opened: ground.podsMayOpen,
      within: (ms) => AbortSignal.timeout(ms),
    }),
    connections,
    datapathSettled: ground.datapathSettled,
    now,
    changes,
    ovsdb,
    host,
    flows,
    directPodCidrs: () => peers.directPodCidrs(),
    randomBytes,
    clock,
    signal: tasks.signal,
    log: log.child("pods"),
  });
  // until paths are chosen no connection between Pods may get another source
  const others = [...nodes.store.values()].filter(({ name }) => name !== nodeName);
  const awaited = new Map(
    now().hostPlan.isUplinkShared ? [] : others.map(({ name, podCidrs }) => [name, podCidrs]),
  );
  const atFirst = [...awaited.values()].flat().sort();
  await hostSide.realize(nodeOwner, compileHost(now().hostPlan, atFirst));
  const peers = peerRoom({
    now,
    awaited,
    nodes: nodes.store,
    host,
    hostWriter: hostSide,
    tunnelNeighbours: neighbours,
    tunnelRoutes,
    flows,
    settlePods: pods.settleMtu,
    datapathSettled: ground.datapathSettled,
    direct(name, mode, link) {
      const { node: current } = now();
      if (!measures(mode, current)) return undefined;
      return directPaths.verdict(name, (current.links.get(link) ?? current.transport).device);
    },
    onPathsChanged(name) {
      history.note(name, peers.status.get(name)?.plan.path.kind);
      publisher.changed();
    },
    onFlowsConfirmed: (tookMs) => metrics.observe(agentMetrics.peerDuration.name, tookMs / 1000),
    backOff,
    clock,
    log: log.child("peers"),
  });
  const history = pathHistory(clock.wallTime);
  const directPaths = pathRoom({
    measures: () => measuresAny(now().node),
    peers: () => peers.status,
    network: () => now().network,
    podMtu: () => now().node.mtu.direct,
    macOf: peers.macOf,
    session,
    onVerdict: peers.reconsider,
    onFallen(name, { reason }) {
      metrics.inc(agentMetrics.pathFalls.name);
      log.warn("The direct path to a peer failed, its traffic goes by the tunnel", {
        node: name,
        reason,
      });
      tellFall(name, reason);
    },
    onProbed(outcome, roundTripMs) {
      metrics.inc(agentMetrics.pathProbes.name, { outcome });
      if (roundTripMs !== undefined)
        metrics.observe(agentMetrics.pathRoundTrip.name, roundTripMs / 1000);
    },
    randomBytes,
    random,
    clock,
    log: log.child("paths"),
  });
  const conditions = () =>
    agentConditions(
      {
        isOvsdbConnected: ovsdb.isConnected,
        isSwitchConnected: session.isConnected,
        isApiConnected: nodes.health.isConnected && publisher.isHeard,
        datapath: { wanted: config.ovsDatapathType, used: node.datapathType },
        inactiveOptions: environment.notActive.map(({ key }) => key),
        withoutEffect: withoutEffect(now().node),
        otherMode: otherMode(config, now().node),
      },
      clock.wallTime(),
    );
  const podCount = () => pods.all().length;
  let apiAuthorities: string | undefined;
  const info = gatherInfo({
    environment,
    now,
    ovsdb,
    session,
    conditions,
    podCount,
    policyCounts: policies.room.shareCounts,
    peers: () => peers.status.values(),
    apiAuthorities: () => apiAuthorities,
  });
  const publisher = infoPublisher({
    client,
    nodeName,
    info,
    conditions,
    clock,
    log: log.child("info"),
  });
  collectMetrics(metrics, {
    nodeName,
    podName: environment.podName,
    session,
    conditions,
    podCount,
    peers: () => peers.status.values(),
    policies: policies.room.counts,
  });

  const cni = cniDispatcher({
    network: pods,
    pods: pods.all,
    pending: pendingDels(cniPaths.pendingDelDir, log.child("cni")),
    notReady: () => openVSwitchProblem(session, ovsdb),
    onCall(command, durationMs, isOk) {
      publisher.changed();
      metrics.observe(agentMetrics.cniDuration.name, durationMs / 1000, {
        command,
        result: isOk ? "ok" : "error",
      });
    },
    now: clock.now,
    log: log.child("cni"),
  });

  return {
    ...{ hostSide, pods, peers, history, directPaths, events, conditions, podCount },
    ...{ info, publisher, cni, policies },
    /** The switch was compared with all that is wanted. */
    tellTakenUp(): void {
      isTakenUp = true;
    },
    /** Whom clients of the API have to trust, in PEM. */
    tellAuthorities(pem: string): void {
      apiAuthorities = pem;
      publisher.changed();
    },
  };
}

/** Takes up what is there already, and only then removes what is left over. */
export async function takeUp(
  ground: Ground,
  { cni, pods, peers, directPaths, hostSide, policies, tellTakenUp }: Rooms,
  signal: AbortSignal,
): Promise<void> {
  const { flows, tunnelRoutes, ovsdb, tasks, log, now } = ground;
  // what denies is there before what carries
  await policies.takeUp(pods.all(), { signal });
  await Promise.all([
    flows.realize(nodeOwner, compileNode(now().network)),
    tunnelRoutes.realize(nodeOwner, now().tunnelEnds),
    cni.removePending().then(() => pods.takeUp({ signal })),
  ]);
  // reading all flows takes a while where there are many
  if (measuresAny(now().node)) await directPaths.takeUp({ signal });
  tasks.run("peers", peers.run);
  await peers.tryAll({ signal });
  const flowChange = await flows.resync({ prune: true, signal });
  tellTakenUp();
  await endRestoreWait(ovsdb, { signal });
  await hostSide.resync({ prune: true });
  await tunnelRoutes
    .resync({ prune: true, signal })
    .catch((err: unknown) => log.warn("A tunnel route was refused, will retry", { err }));
  log.info("Compared with what was there", {
    flowsAdded: flowChange.add.length,
    flowsModified: flowChange.modify.length,
    flowsRemoved: flowChange.remove.length,
  });
}

function openVSwitchProblem(
  session: Pick<SwitchLink, "isConnected">,
  ovsdb: Pick<OvsdbClient, "isConnected">,
): NotReady | undefined {
  if (session.isConnected && ovsdb.isConnected) return undefined;
  return {
    reason: "Open vSwitch of this Node is not connected: it is starting anew or has failed.",
    concernsAll: !session.isConnected, // its userspace datapath may be down with it
  };
}

/** What the file says, where the whole cluster follows something else. */
function otherMode(config: AgentConfig, { stance }: ThisNode) {
  const wanted = networkSettingsOf(config);
  const [followed] = stance.preferred;
  if (sameSettings(wanted, followed)) return undefined;
  return { wanted: settingsText(wanted), followed: settingsText(followed) };
}
