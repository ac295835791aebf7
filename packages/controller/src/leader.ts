import type { ControllerConfig, ControllerInfo } from "@antrea/api";
import {
  type Clock,
  exponentialBackOff,
  type Logger,
  type Reconciler,
  reconcileWorker,
  taskGroup,
  untilAborted,
  type Worker,
} from "@antrea/base";
import type { KubeClient, Note, Store } from "@antrea/kube";
import { parseCidr, cidrFamily } from "@antrea/net";
import { defaultTiers, type PolicyCounts, type TierRecord } from "@antrea/policy";
import { defaultTiersReconciler } from "./admission/default-tiers.ts";
import { agentInfoReconciler } from "./agent-infos/reconciler.ts";
import { connectedAgents } from "./agent-infos/state.ts";
import { type KeepRoutesDeps, keepRoutes, type RoutesReport } from "./cloud-routes/keep-routes.ts";
import type { RouteProvider } from "./cloud-routes/provider.ts";
import type { ClusterSource } from "./cluster/source.ts";
import { publishControllerInfo } from "./controller-info/publisher.ts";
import { controllerInfo, type Identity } from "./controller-info/status.ts";
import type { Knowledge } from "./knowledge.ts";
import type { PolicyShare } from "./policies/serve-policies.ts";
import { leadModeChanges } from "./mode-change/lead-change.ts";
import type { Pool } from "./node-ipam/block-table.ts";
import type { IpamApi } from "./node-ipam/ipam-api.ts";
import { type NodeIpam, nodeIpam } from "./node-ipam/reconciler.ts";
import { type IpamState, ipamState } from "./node-ipam/state.ts";
import { type IpamStatus, ipamStatus, overlaps } from "./node-ipam/status.ts";

export interface LeaderDeps {
  readonly config: ControllerConfig;
  readonly identity: Identity;
  readonly client: KubeClient;
  readonly ipamApi: IpamApi;
  /** Watched by every controller, the leading one or not. */
  readonly tiers: Store<TierRecord>;
  /** The table of routes that is to be kept; undefined where none is. */
  readonly routeProvider?: RouteProvider | undefined;
  readonly note: (note: Note) => void;
  readonly random: () => number;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What the leader knows while it leads. */
export interface Leadership {
  readonly info: () => ControllerInfo;
  readonly connectedAgents: () => number;
  /** Undefined where Node IPAM is off. */
  readonly ipam: Ipam | undefined;
  /** Undefined until all policies are computed. */
  readonly policies: () => PolicyShare | undefined;
}

interface Ipam extends NodeIpam {
  readonly state: IpamState;
}

/**
 * Does what only one controller may do, until the signal aborts. `onReady` is called once it knows
 * the cluster. What it knows is not forgotten with the term: that is for who opened it.
 */
export async function lead(
  deps: LeaderDeps,
  { source, policies: serving }: Knowledge,
  onReady: (leadership: Leadership) => void,
  signal: AbortSignal,
): Promise<void> {
  const { config, client, clock, log } = deps;
  const isIpamOn = config.nodeIPAM.enableNodeIPAM && config.featureGates.NodeIPAM;
  const watches = [source.nodes, source.agentInfos, ...(isIpamOn ? [source.claims] : [])];
  const tasks = taskGroup();
  try {
    let routes: RoutesReport | undefined;
    let policies: PolicyShare | undefined;
    tasks.run("policies", (end) => serving.lead((share) => void (policies = share), end));
    await Promise.race([Promise.all(watches.map((one) => one.start(signal))), tasks.failed]);
    const ipam = isIpamOn ? buildIpam(deps, source) : undefined;
    const leadership = {
      ...describe(deps, source, {
        ipam,
        routes: () => routes,
        policies: () => policies?.computation.counts(),
      }),
      policies: () => policies,
    };

    if (ipam) tasks.run("node IPAM", (end) => runIpam(deps, source, ipam, end));
    tasks.run("mode changes", (end) => runModeChanges(deps, source, end));
    if (config.featureGates.AntreaPolicy)
      tasks.run("default tiers", (end) => runDefaultTiers(deps, end));
    const { routeProvider } = deps;
    if (routeProvider)
      tasks.run("cloud routes", (end) =>
        keepRoutes(
          routesDeps(deps, source, {
            provider: routeProvider,
            report: (next) => void (routes = next),
          }),
          end,
        ),
      );
    tasks.run("agent infos", (end) => runAgentInfos(deps, source, end));
    tasks.run("controller info", (end) =>
      publishControllerInfo({ client, info: leadership.info, clock, log }, end),
    );
    onReady(leadership);
    await Promise.race([untilAborted(signal), tasks.failed]);
  } finally {
    await tasks.close();
  }
}

function routesDeps(
  { config, random, clock, log }: LeaderDeps,
  { nodes }: ClusterSource,
  own: Pick<KeepRoutesDeps, "provider" | "report">,
): KeepRoutesDeps {
  const { podNetworks, dryRun } = config.cloudRoutes;
  return {
    ...own,
    nodes: nodes.store,
    networks: podNetworks.length > 0 ? podNetworks : config.nodeIPAM.clusterCIDRs,
    isDryRun: dryRun,
    backOff: exponentialBackOff({ firstMs: 1_000, maxMs: 60_000, random }),
    clock,
    log: log.child("cloud-routes"),
  };
}

function buildIpam({ config, ipamApi, note, log }: LeaderDeps, source: ClusterSource): Ipam {
  const state = ipamState(poolsOf(config), source.nodes.store, source.claims.store);
  const ipam = nodeIpam({ state, api: ipamApi, note, log: log.child("node-ipam") });
  return { ...ipam, state };
}

/** The networks that blocks are cut from, in the order of the configuration. */
export function poolsOf({ nodeIPAM }: Pick<ControllerConfig, "nodeIPAM">): readonly Pool[] {
  const { nodeCIDRMaskSizeIPv4, nodeCIDRMaskSizeIPv6, serviceCIDR, serviceCIDRv6 } = nodeIPAM;
  const reserved = [serviceCIDR, serviceCIDRv6].flatMap((text) => parseCidr(text) ?? []);
  return nodeIPAM.clusterCIDRs.map((network) => ({
    network,
    prefixLength: cidrFamily(network) === "ipv4" ? nodeCIDRMaskSizeIPv4 : nodeCIDRMaskSizeIPv6,
    reserved,
  }));
}

/** A Node is looked at when it, or a claim for it, has changed; all that wait, when a block is free. */
async function runIpam(
  deps: LeaderDeps,
  { nodes, claims }: ClusterSource,
  ipam: Ipam,
  signal: AbortSignal,
): Promise<void> {
  const worker = workerOf(ipam, deps);
  const stops = [
    nodes.store.onChange((name) => worker.add(name)),
    claims.store.onChange((_, before, after) => {
      for (const claim of [before, after]) if (claim) worker.add(claim.nodeName);
      if (before && !after) for (const name of ipam.waiting) worker.add(name);
    }),
  ];
  try {
    await worker.run(signal);
  } finally {
    for (const stop of stops) stop();
    ipam.state.stop();
  }
}

async function runAgentInfos(
  deps: LeaderDeps,
  { nodes, agentInfos }: ClusterSource,
  signal: AbortSignal,
): Promise<void> {
  const { client, log } = deps;
  const infos = agentInfos.store;
  const worker = workerOf(agentInfoReconciler({ nodes: nodes.store, infos, client, log }), deps);
  const stops = [
    nodes.store.onChange((name, _, after) => void (after ?? worker.add(name))),
    infos.onChange((name) => worker.add(name)),
  ];
  try {
    await worker.run(signal);
  } finally {
    for (const stop of stops) stop();
  }
}

async function runDefaultTiers(deps: LeaderDeps, signal: AbortSignal): Promise<void> {
  const { tiers, client, log } = deps;
  await tiers.waitFor(() => tiers.hasSynced, { signal });
  const worker = workerOf(defaultTiersReconciler({ tiers, client, log }), deps);
  for (const { name } of defaultTiers) worker.add(name);
  const stop = tiers.onChange((name) => worker.add(name));
  try {
    await worker.run(signal);
  } finally {
    stop();
  }
}

async function runModeChanges(
  deps: LeaderDeps,
  { nodes, modeChanges, configs }: ClusterSource,
  signal: AbortSignal,
): Promise<void> {
  const { client, note, random, clock, log } = deps;
  // apart from the others: an API server may not have the kind, and Nodes get their Pod CIDRs all the same
  await Promise.all([modeChanges.start(signal), configs.start(signal)]);
  await leadModeChanges(
    {
      client,
      nodes: nodes.store,
      changes: modeChanges.store,
      configs: configs.store,
      note,
      backOff: exponentialBackOff({ firstMs: 100, maxMs: 30_000, random }),
      clock,
      log: log.child("mode"),
    },
    signal,
  );
}

function workerOf(
  reconciler: Reconciler<string>,
  { clock, log, random }: LeaderDeps,
): Worker<string> {
  const backOff = exponentialBackOff({ firstMs: 100, maxMs: 30_000, random });
  return reconcileWorker(reconciler, { backOff, clock, log });
}

function describe(
  { config, identity, clock, note }: LeaderDeps,
  { nodes, agentInfos }: ClusterSource,
  {
    ipam,
    routes,
    policies,
  }: {
    readonly ipam: Ipam | undefined;
    readonly routes: () => RoutesReport | undefined;
    readonly policies: () => PolicyCounts | undefined;
  },
): Omit<Leadership, "policies"> {
  const agents = () => connectedAgents(agentInfos.store.values(), clock.wallTime().getTime());
  const status = (): IpamStatus | undefined => {
    if (!ipam) return undefined;
    const found = overlaps(nodes.store.values());
    for (const { a, b, cidr } of found)
      note({
        regarding: { apiVersion: "v1", kind: "Node", name: b.name, uid: b.uid },
        type: "Warning",
        reason: "PodCIDROverlap",
        message: `Pod CIDR ${cidr} overlaps that of Node ${a.name}. Pods of the two cannot be told apart: remove one of the Nodes and add it again.`,
      });
    return ipamStatus({ tables: ipam.state.tables, waiting: ipam.waiting, overlaps: found });
  };
  return {
    ipam,
    connectedAgents: agents,
    info: () =>
      controllerInfo({
        identity,
        apiPort: config.apiPort,
        connectedAgents: agents(),
        policies: policies(),
        ipam: status(),
        routes: routes(),
        wallTime: clock.wallTime(),
      }),
  };
}
