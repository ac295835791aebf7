import { randomBytes, randomInt } from "node:crypto";
import {
  type AgentConfig,
  modeChangeKind,
  networkSettingsOf,
  type NodeView,
  objectNames,
  parseCustom,
  paths,
  ports,
  sameSettings,
  servingTls,
  settingsText,
} from "@antrea/api";
import { cniPaths } from "@antrea/api/cni";
import { agentApi, localApiRouter } from "@antrea/api/local-api";
import { localApiServer } from "@antrea/api/local-api/io";
import {
  changeLog,
  exponentialBackOff,
  type MetricDefinition,
  serviceHost,
  taskGroup,
} from "@antrea/base";
import {
  systemClock as clock,
  defineProcessMetrics,
  prometheusMetrics,
  type RootLogger,
} from "@antrea/base/io";
import { ownCertificates } from "@antrea/base/io/certificates";
import { apiMetrics, resources } from "@antrea/kube";
import {
  eventRecorder,
  kubeClient,
  kubeReviewers,
  loadKubeConfig,
  reflector,
  secureApi,
} from "@antrea/kube/io";
import { hostNetwork } from "@antrea/linux/io";
import { openflowMetrics } from "@antrea/openflow";
import { bridgeTables, type DesiredState } from "@antrea/ovsdb";
import { daemonControl, type OvsdbClient, ovsdbClient } from "@antrea/ovsdb/io";
import { compileNode, nodeOwner } from "@antrea/pipeline";
import { oldSenders, ownStance, stanceOf } from "@antrea/pipeline/mode";
import { countFlowChanges } from "./bridge/count-flow-changes.ts";
import { endRestoreWait } from "./bridge/end-restore-wait.ts";
import { flowNews } from "./bridge/flow-news.ts";
import { flowRealizer } from "./bridge/flow-realizer.ts";
import { openSwitch } from "./bridge/io/open-switch.ts";
import { offeredDatapaths } from "./bridge/offered-datapaths.ts";
import { openBridge, reopenBridge } from "./bridge/open-bridge.ts";
import { settleStartSettings, startSettingsOf } from "./bridge/settle-start-settings.ts";
import { type SwitchLink, switchLink } from "./bridge/switch-link.ts";
import { tunnelNeighbours } from "./bridge/tunnel-neighbours.ts";
import { ownTunnelRoutes, tellTunnelRoutes, tunnelRouteRealizer } from "./bridge/tunnel-routes.ts";
import { keepAsDesired } from "./drift.ts";
import { compileHost } from "./host/desired-host.ts";
import { deviceOffloads, gathersFrames } from "./host/device-offloads.ts";
import { hostWriter } from "./host/host-writer.ts";
import { collectMetrics } from "./info/collect-metrics.ts";
import { agentConditions } from "./info/conditions.ts";
import { withoutEffect } from "./info/datapath-limits.ts";
import { gatherInfo } from "./info/gather.ts";
import { metricsServer } from "./info/io/metrics-server.ts";
import { infoPublisher } from "./info/publisher.ts";
import { apiNames } from "./local-api/api-names.ts";
import { keptParts } from "./kept.ts";
import { agentHandlers } from "./local-api/handlers.ts";
import { prober } from "./local-api/probe.ts";
import { agentMetrics } from "./metrics.ts";
import { followChange } from "./mode/follow.ts";
import { startModeWatch } from "./mode/start-watch.ts";
import type { AgentEnvironment } from "./node/io/environment.ts";
import { keepTransportPublished, publishNetworkState } from "./node/publish-transport.ts";
import { type NodeNow, nodeNow } from "./node/node-now.ts";
import { discoverNode, nodeAs, projectNode, type ThisNode } from "./node/this-node.ts";
import { watchTransport } from "./node/watch-transport.ts";
import { measures } from "./paths/measures.ts";
import { pathHistory } from "./paths/path-history.ts";
import { pathRoom } from "./paths/path-room.ts";
import { fallReporter } from "./paths/report-falls.ts";
import { cniDispatcher, type NotReady } from "./pods/cni-dispatcher.ts";
import { cniServer } from "./pods/io/cni-server.ts";
import { pendingDels } from "./pods/io/pending-dels.ts";
import { moderateReceivers } from "./pods/moderation.ts";
import { podRoom } from "./pods/pod-room.ts";
import { driftReporter } from "./report-drift.ts";
import { peerRoom } from "./routes/peer-room.ts";

export interface RunningAgent {
  /** Rejects when the agent cannot go on; the container is then started anew, and the start is a diff. */
  readonly failed: Promise<never>;
  stop(): Promise<void>;
}

/** A number in [0, 1): nobody is to guess when agents come back together. */
const random = (): number => randomInt(2 ** 32) / 2 ** 32;
const backOff = exponentialBackOff({ firstMs: 100, maxMs: 5_000, random });

/**
 * The object graph of the agent, in start order: clients, what this Node is, the bridge and the
 * host's side of it, the rooms that keep Pods and peers on it, and last those who ask. Resolves when
 * Pods can be connected.
 */
export async function startAgent(
  environment: AgentEnvironment,
  log: RootLogger,
  signal: AbortSignal,
): Promise<RunningAgent> {
  const { config, nodeName } = environment;
  const tasks = taskGroup();
  const changes = changeLog(clock);
  const metrics = prometheusMetrics();
  defineProcessMetrics(metrics);
  const ofRooms = [openflowMetrics, apiMetrics, agentMetrics];
  metrics.define(...ofRooms.flatMap((some) => Object.values<MetricDefinition>(some)));

  const access = await loadKubeConfig({ kubeAPIServerOverride: config.kubeAPIServerOverride });
  const client = kubeClient(access, { log: log.child("kube"), clock, userAgent: "antrea-agent" });
  const nodes = reflector({
    client,
    resource: resources.nodes,
    project: (node) => projectNode(node, log),
    log: log.child("nodes"),
    clock,
  });
  const modeChanges = reflector({
    client,
    resource: resources.antreaModeChanges,
    project(object) {
      const parsed = parseCustom(modeChangeKind, object);
      if ("problem" in parsed) throw new Error(parsed.problem);
      return parsed.value;
    },
    log: log.child("mode"),
    clock,
  });
  const modeChange = () => modeChanges.store.get(objectNames.modeChange)?.spec;
  const ovsdb = ovsdbClient({
    path: `${config.ovsRunDir}/db.sock`,
    tables: bridgeTables,
    log,
    clock,
    backOff,
  });
  const host = hostNetwork();
  const clients = serviceHost([nodes, ovsdb], log);
  await Promise.all([
    clients.start(signal),
    startModeWatch(client, modeChanges, { backOff, clock, log: log.child("mode") }, signal),
  ]);

  await settleStartSettings(ovsdb, startSettingsOf(config), {
    log: log.child("bridge"),
    signal: within(signal),
  });
  const control = daemonControl(config.ovsRunDir, "ovs-vswitchd");
  const datapathTypes = await offeredDatapaths(control, { clock, signal: within(signal) });
  const led = modeChange();
  const stance = led
    ? stanceOf(led, { isOldSent: oldSenders(nodes.store.values(), led).length > 0 })
    : ownStance(networkSettingsOf(config));
  const node = await discoverNode(
    { config, nodeName, nodes: nodes.store, host, datapathTypes, stance, log },
    signal,
  );
  let current = nodeNow(
    node,
    await openBridge(ovsdb, node, { randomBytes, log: log.child("bridge"), changes, signal }),
  );
  const now = (): NodeNow => current;
  const neighbours = tunnelNeighbours(control, config.ovsBridge, log.child("bridge"), changes);
  const ownRoutes = ownTunnelRoutes(node);
  const tunnelRoutes = tunnelRouteRealizer(control, ownRoutes, tasks.signal, changes);
  const news = flowNews();
  const session = switchLink({
    connect: (stop) =>
      openSwitch({
        news,
        path: `${config.ovsRunDir}/${config.ovsBridge}.mgmt`,
        log: log.child("openflow"),
        clock,
        metrics,
        signal: stop,
      }),
    // a switch that started anew has neither flows nor ways, and its devices are new to the host
    onReconnected: async (stop) => {
      await neighbours.refresh({ signal: stop });
      // a route that is refused must not hold up the rest
      await Promise.all([
        tunnelRoutes.resync({ signal: stop }),
        flows
          .resync({ signal: stop })
          .then(() => endRestoreWait(ovsdb, { signal: stop }))
          .then(() => hostSide.resync()),
      ]);
    },
    backOff,
    clock,
    log: log.child("openflow"),
  });
  const flows = flowRealizer(countFlowChanges(session, metrics, clock), changes);
  await session.start(signal);

  const hostSide = hostWriter({
    network: host,
    ownDevices: [config.hostGateway],
    offloads: deviceOffloads(node),
    changes,
    whilePresent: () => pods.hostEntries(),
  });

  const pods = podRoom({
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
    current.hostPlan.isUplinkShared ? [] : others.map(({ name, podCidrs }) => [name, podCidrs]),
  );
  const atFirst = [...awaited.values()].flat().sort();
  await hostSide.realize(nodeOwner, compileHost(current.hostPlan, atFirst));
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
    direct: (name, mode) => (measures(mode, now().node) ? directPaths.verdict(name) : undefined),
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

  // what is there already is taken up, and only then is what is left over removed
  await Promise.all([
    flows.realize(nodeOwner, compileNode(current.network)),
    tunnelRoutes.realize(nodeOwner, ownRoutes),
    cni.removePending().then(() => pods.takeUp({ signal })),
  ]);
  await directPaths.takeUp({ signal });
  tasks.run("peers", peers.run);
  await peers.tryAll({ signal });
  const flowChange = await flows.resync({ prune: true, signal });
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

  const readiness = [
    { name: "ovsdb", findProblem: () => (ovsdb.isConnected ? undefined : away("ovsdb-server")) },
    {
      name: "openflow",
      findProblem: () => (session.isConnected ? undefined : away("ovs-vswitchd")),
    },
  ];
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
  const handlers = agentHandlers({
    paths: { measured: directPaths.measured, sinceOf: history.sinceOf },
    now,
    modeChanges: () => modeChanges.store.values(),
    changes,
    log,
    info,
    peers: () => peers.status.values(),
    preview: peers.preview,
    pods: pods.all,
    replica: ovsdb.replica,
    session,
    flows,
    control,
    prober: prober(host.icmpEcho),
  });
  const onFailure = (path: string, error: unknown): void =>
    log.warn("Could not answer a local API request", { path, err: error });
  const tls = servingTls(config);
  const askers = serviceHost(
    [
      events,
      cniServer({
        path: cniPaths.socket,
        answer: cni.answer,
        log: log.child("cni"),
      }),
      secureApi({
        host: undefined, // the Node's addresses change without asking, and a kubelet asks on the loopback
        port: config.apiPort,
        tls,
        certificates: ownCertificates({
          names: apiNames(node.view),
          kind: tls.keyKind,
          clock,
          log: log.child("api"),
        }),
        reviewers: kubeReviewers(client),
        readiness,
        metrics: config.enablePrometheusMetrics ? metrics : undefined,
        answer: localApiRouter(agentApi, handlers, { onFailure, isReadOnly: true }),
        onAuthorities(pem) {
          apiAuthorities = pem;
          publisher.changed();
        },
        clock,
        log: log.child("api"),
      }),
      ...(config.enablePrometheusMetrics
        ? [metricsServer({ port: ports.agentMetrics, readiness, metrics, log })]
        : []),
      localApiServer({
        socketPath: paths.agentApiSocket,
        answer: localApiRouter(agentApi, handlers, { onFailure }),
        log: log.child("api"),
      }),
    ],
    log,
  );
  await askers.start(signal);
  // a DEL that came between the first look and the listening left word too
  await cni.removePending();
  tasks.run("status", publisher.run);
  tasks.run("paths", directPaths.run);
  tasks.run("transport annotation", (stop) =>
    keepTransportPublished({ client, nodes: nodes.store, node, backOff, clock, log }, stop),
  );
  tasks.run("mode", (stop) =>
    followChange(
      {
        first: stance,
        hasTunnel: node.hasTunnel,
        look: () => ({
          change: modeChange(),
          nodes: [...nodes.store.values()],
          peers: [...peers.status.values()].flatMap(({ plan, isConfirmed }) =>
            [plan.form, ...(plan.mayTurnTo ?? [])].map((form) => ({
              name: plan.identity.name,
              form,
              isConfirmed,
            })),
          ),
        }),
        heard: () => nodes.store.get(nodeName)?.state,
        async take(next, end) {
          const wanted = nodeAs(current.node, next);
          const settle = (bridge: DesiredState) => pods.settleBridge(bridge, { signal: end });
          const opened = await reopenBridge(ovsdb.replica, wanted, {
            settle,
            randomBytes,
            signal: end,
          });
          current = nodeNow(wanted, opened);
          await Promise.all([
            flows.realize(nodeOwner, compileNode(current.network)),
            peers.realizeHost(),
            pods.settleMtu(),
          ]);
          await peers.tryAll({ signal: end });
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
      stop,
    ),
  );
  tasks.run("what is left of Pods", pods.clearAway);
  tasks.run("drift", (stop) =>
    keepAsDesired(
      {
        kept: keptParts({
          isSettled: () => session.isSettled,
          flows,
          news,
          tunnelRoutes,
          hostWriter: hostSide,
          tunnelNeighbours: neighbours,
          endRestoreWait: (stop) => endRestoreWait(ovsdb, { signal: stop }),
          retellTunnels: (stop) => tellTunnelRoutes(control, ownRoutes, { signal: stop }),
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
          signal: stop,
          log: log.child("drift"),
        }),
        clock,
        log: log.child("drift"),
      },
      stop,
    ),
  );
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
        node,
        latest: () => nodes.store.get(nodeName),
        observe: () => host.observe(),
        follow(onChange, signal) {
          host.watch(
            (event) => {
              if (event.kind !== "link" || event.link.name === node.transport.device) onChange();
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
  const tookMs = Math.round(performance.now()); // which counts from the start of the process
  metrics.set(agentMetrics.startDuration.name, tookMs / 1000);
  log.info("Ready to connect Pods", {
    node: nodeName,
    peers: peers.status.size,
    pods: podCount(),
    tookMs,
  });

  return {
    failed: tasks.failed,
    async stop() {
      await askers.stop();
      await tasks.close();
      await session.stop();
      await clients.stop();
      await modeChanges.stop();
      client.close();
    },
  };
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

function away(program: string): string {
  return `${program} of this Node does not answer: it is starting anew or has failed`;
}

/** What the file says, where the whole cluster follows something else. */
function otherMode(config: AgentConfig, { stance }: ThisNode) {
  const wanted = networkSettingsOf(config);
  const [followed] = stance.preferred;
  if (sameSettings(wanted, followed)) return undefined;
  return { wanted: settingsText(wanted), followed: settingsText(followed) };
}

/** Open vSwitch answers within this time, or the start has failed and is tried anew. */
function within(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(60_000)]);
}

/** What this agent was built on does not change under it: it starts anew. */
function isChanged(after: NodeView, { view }: ThisNode): boolean {
  return after.podCidrs.length > 0 && after.podCidrs.join() !== view.podCidrs.join();
}
