import { randomBytes, randomInt } from "node:crypto";
import { modeChangeKind, networkSettingsOf, objectNames, parseCustom } from "@antrea/api";
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
import { apiMetrics, resources } from "@antrea/kube";
import { kubeClient, loadKubeConfig, reflector } from "@antrea/kube/io";
import { hostNetwork } from "@antrea/linux/io";
import { openflowMetrics } from "@antrea/openflow";
import { bridgeTables } from "@antrea/ovsdb";
import { daemonControl, ovsdbClient } from "@antrea/ovsdb/io";
import { cookieCategory, isPodOwner } from "@antrea/pipeline";
import { stanceAtStart } from "@antrea/pipeline/mode";
import { controllerClient } from "../controller/controller-client.ts";
import { countFlowChanges } from "../bridge/count-flow-changes.ts";
import { datapathSettled } from "../bridge/datapath-settled.ts";
import { endRestoreWait } from "../bridge/end-restore-wait.ts";
import { flowNews } from "../bridge/flow-news.ts";
import { flowRealizer } from "../bridge/flow-realizer.ts";
import { openSwitch } from "../bridge/io/open-switch.ts";
import { offeredDatapaths } from "../bridge/offered-datapaths.ts";
import { openBridge } from "../bridge/open-bridge.ts";
import type { PodConnections } from "../bridge/pod-connections.ts";
import { settleStartSettings, startSettingsOf } from "../bridge/settle-start-settings.ts";
import { switchLink } from "../bridge/switch-link.ts";
import { tunnelNeighbours } from "../bridge/tunnel-neighbours.ts";
import { tunnelRouteRealizer } from "../bridge/tunnel-routes.ts";
import { agentMetrics } from "../metrics.ts";
import { startModeWatch } from "../mode/start-watch.ts";
import type { AgentEnvironment } from "../node/io/environment.ts";
import { type NodeNow, nodeNow } from "../node/node-now.ts";
import { findServiceCidrs } from "../node/service-cidrs.ts";
import { discoverNode, projectNode } from "../node/this-node.ts";

export interface GroundOptions {
  /** What follows when the switch started anew and has its flows back: it is told nothing else. */
  readonly onRestored: () => Promise<unknown>;
  readonly signal: AbortSignal;
}

/** What all else of the agent is built on. */
export type Ground = Awaited<ReturnType<typeof openGround>>;

/** A number in [0, 1): nobody is to guess when agents come back together. */
export const random = (): number => randomInt(2 ** 32) / 2 ** 32;
export const backOff = exponentialBackOff({ firstMs: 100, maxMs: 5_000, random });

/**
 * Clients of the API server, of OVSDB and of the switch; what this Node is, and its bridge. Resolves when
 * the bridge is there and the switch is not asked yet.
 */
export async function openGround(
  environment: AgentEnvironment,
  log: RootLogger,
  { onRestored, signal }: GroundOptions,
) {
  const { config, nodeName } = environment;
  const tasks = taskGroup();
  const changes = changeLog(clock);
  const metrics = prometheusMetrics();
  defineProcessMetrics(metrics);
  const ofRooms = [openflowMetrics, apiMetrics, agentMetrics];
  metrics.define(...ofRooms.flatMap((some) => Object.values<MetricDefinition>(some)));

  const access = await loadKubeConfig({ kubeAPIServerOverride: config.kubeAPIServerOverride });
  const client = kubeClient(access, { log: log.child("kube"), clock, userAgent: "antrea-agent" });
  const controller = controllerClient({
    ...{ client, access, clock, log: log.child("controller") },
    namespace: environment.podNamespace,
  });
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
  const clients = serviceHost([nodes, controller, ovsdb], log);
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
  const stance = stanceAtStart({
    ...{ change: modeChange(), nodes: nodes.store.values(), own: networkSettingsOf(config) },
    told: nodes.store.get(nodeName)?.state,
  });
  const serviceCidrs = await findServiceCidrs({ client, config, log }, within(signal));
  const node = await discoverNode(
    { config, nodeName, nodes: nodes.store, host, datapathTypes, serviceCidrs, stance, log },
    signal,
  );
  let current = nodeNow(
    node,
    await openBridge(ovsdb, node, { randomBytes, log: log.child("bridge"), changes, signal }),
  );
  const now = (): NodeNow => current;
  const neighbours = tunnelNeighbours(control, config.ovsBridge, log.child("bridge"), changes);
  const tunnelEnds = () => now().tunnelEnds;
  const tunnelRoutes = tunnelRouteRealizer(control, tunnelEnds, tasks.signal, changes);
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
          .then(onRestored),
      ]);
    },
    backOff,
    clock,
    log: log.child("openflow"),
  });
  let arePoliciesKnown = false;
  let mayPodsOpen = false;
  const opening = Promise.withResolvers<void>();
  const openPods = (): void => {
    mayPodsOpen = true;
    opening.resolve();
  };
  const flows = flowRealizer(countFlowChanges(session, metrics, clock), changes, {
    mayRemove: (cookie) => arePoliciesKnown || cookieCategory(cookie) !== "NetworkPolicy",
    mayCome: (owner) => mayPodsOpen || !isPodOwner(owner),
    onRefused: (owner, err) =>
      log.child("openflow").warn("The switch refuses flows that it should have", { owner, err }),
  });
  const settling = { control, session, backOff, clock, log: log.child("bridge") };
  const connections: PodConnections = {
    forget: async (addresses, options) =>
      (await session.connection(options)).forgetConnections(addresses, options),
  };
  return {
    ...{ environment, config, nodeName, log, tasks, changes, metrics },
    ...{ client, controller, clients, nodes, modeChanges, modeChange, ovsdb, host, control },
    ...{ node, stance, now, neighbours, tunnelRoutes, news, session, flows },
    connections,
    datapathSettled: datapathSettled(settling, tasks.signal),
    apiServer: access.server,
    arePoliciesKnown: () => arePoliciesKnown,
    /** From here on what policies have on the switch and the host may go that nobody wants, and flows of Pods may come. */
    tellPoliciesKnown(): void {
      arePoliciesKnown = true;
      openPods();
    },
    /** Nobody is there who could tell of policies: those on the switch stay, and Pods are not held up. */
    tellNobodyTells: openPods,
    /** Resolves with the first of these two. */
    podsMayOpen: opening.promise,
    /** This Node is meant to be so from here on. */
    become(next: NodeNow): void {
      current = next;
    },
  };
}

/** Open vSwitch answers within this time, or the start has failed and is tried anew. */
function within(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(60_000)]);
}
