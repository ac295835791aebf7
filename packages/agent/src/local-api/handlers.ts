import {
  type AgentInfo,
  featureGateRows,
  findTunnelForm,
  type ModeChange,
  type NetworkState,
  PRODUCT_VERSION,
} from "@antrea/api";
import {
  type AgentApi,
  type Handlers,
  type NeededRoute,
  type NodePath,
  type PathRow,
  type PeerPath,
  refuse,
  type TraceRequest,
} from "@antrea/api/local-api";
import type { ChangeLog, LogLevel, Realizer } from "@antrea/base";
import { cidrFamily, familyOf, type IpAddress, type IpFamily, parseIp } from "@antrea/net";
import { type Flow, flowKey, formatFlow } from "@antrea/openflow/flow";
import type { ObservedHost } from "@antrea/linux";
import { portTable, type Replica } from "@antrea/ovsdb";
import type { Unixctl } from "@antrea/ovsdb/io";
import { cookieCategory, mtuTo, tableNames, tables, uplinksOf } from "@antrea/pipeline";
import { tunnelPortsOf } from "../bridge/bridge-setup.ts";
import type { TunnelPorts } from "../bridge/desired-bridge.ts";
import type { CountedFlow, SwitchLink } from "../bridge/switch-link.ts";
import type { ConnectionEnder } from "../connections/connection-ender.ts";
import { discoverLinks } from "../node/discovery.ts";
import type { NodeNow } from "../node/node-now.ts";
import type { ThisNode } from "../node/this-node.ts";
import type { PathHistory } from "../paths/path-history.ts";
import type { PathRoom } from "../paths/path-room.ts";
import { type ChangePlanInput, planChange } from "../plan/plan-change.ts";
import { type TunnelProbe, tunnelProbes, unreachedText } from "../plan/tunnel-probe.ts";
import { planPolicies } from "../plan/plan-policies.ts";
import { localPodOf } from "../policy/pod-policies.ts";
import type { PolicyRoom } from "../policy/policy-room.ts";
import { type PodInterface, podKey } from "../pods/interface-store.ts";
import { gatewayAddress } from "../pods/ipam.ts";
import { measures } from "../paths/measures.ts";
import { type PeerStatus, pathReason } from "../routes/reconciler.ts";
import { ruleOwners } from "./rule-owners.ts";
import { changeRows } from "./change-rows.ts";
import { endConnections } from "./ended-connections.ts";
import { flowStats } from "./flow-stats.ts";
import { groupRows, policyRows } from "./policy-rows.ts";
import { packetText } from "./packet-text.ts";
import type { Prober } from "./probe.ts";

/** What the local API reads; everything is asked at the moment of the request. */
export interface LocalApiDeps {
  readonly now: () => NodeNow;
  readonly modeChanges: () => Iterable<ModeChange>;
  readonly log: { level: LogLevel };
  readonly info: (signal: AbortSignal) => Promise<AgentInfo>;
  readonly peers: () => Iterable<PeerStatus>;
  readonly preview: ChangePlanInput["preview"];
  readonly pods: () => readonly PodInterface[];
  readonly replica: Replica;
  readonly observeHost: () => Promise<ObservedHost>;
  /** What another Node says of itself. */
  readonly stateOf: (name: string) => NetworkState | undefined;
  /** Those of which something came back. */
  readonly probeTunnels: (
    probes: readonly TunnelProbe[],
    options: { readonly signal: AbortSignal },
  ) => Promise<ReadonlySet<TunnelProbe>>;
  readonly session: SwitchLink;
  readonly flows: Realizer<Flow>;
  readonly control: Unixctl;
  readonly prober: Prober;
  readonly changes: ChangeLog;
  readonly policies: Pick<PolicyRoom, "state" | "realizations" | "preview">;
  readonly ender: ConnectionEnder;
  readonly paths: Pick<PathRoom, "measured" | "verdict"> & Pick<PathHistory, "sinceOf">;
}

/** Answers what antctl asks of this Node. */
export function agentHandlers(deps: LocalApiDeps): Handlers<AgentApi> {
  const { now, log, peers, pods, session } = deps;
  return {
    version: () => ({ component: "antrea-agent", version: PRODUCT_VERSION }),
    featureGates: () => featureGateRows("agent", now().node.config.featureGates),
    logLevel: () => ({ level: log.level }),
    setLogLevel: ({ body }) => {
      log.level = body.level;
      return { level: log.level };
    },
    agentInfo: ({ signal }) => deps.info(signal),
    modeChange: () => [...deps.modeChanges()],
    nodes: () => nodePaths(deps),
    paths: () => pathRows(deps),
    podInterfaces: ({ query }) =>
      pods()
        .filter(
          (pod) =>
            (query.name === undefined || pod.podName === query.name) &&
            (query.namespace === undefined || pod.podNamespace === query.namespace),
        )
        .map((pod) => ({
          podName: pod.podName,
          podNamespace: pod.podNamespace,
          interfaceName: pod.hostName,
          ips: pod.addresses,
          mac: pod.mac,
          portUUID: deps.replica.findBy(portTable, "name", pod.hostName)?.uuid ?? "",
          ofPort: pod.ofPort ?? 0,
          containerID: pod.containerId,
        })),
    networkPolicies: () => policyRows(deps.policies.realizations.all()),
    addressGroups: () => groupRows(deps.policies.state.share(), "addressGroups"),
    appliedToGroups: () => groupRows(deps.policies.state.share(), "appliedToGroups"),
    ovsFlows: async ({ query, signal }) => {
      const counted = await (await session.connection({ signal })).dumpCounted({ signal });
      const rows = counted.map((one) => flowRow(one, deps));
      const wanted = rows.filter((row) => isWanted(row, query));
      return {
        flows: query.countsOnly ? [] : wanted,
        groups: query.groups
          ? (await (await session.connection({ signal })).dumpGroups({ signal })).map((group) => ({
              group,
            }))
          : [],
        tables: [...tableNames].map(([id, name]) => ({
          id,
          name,
          flows: wanted.filter((row) => row.table === name).length,
        })),
        features: countBy(wanted.map(({ feature }) => feature ?? "unknown")),
      };
    },
    ruleFlows: async ({ query, signal }) => {
      const isMeant = ruleOwners(deps.policies.state, query);
      const counted = await (await session.connection({ signal })).dumpCounted({ signal });
      return counted
        .filter(({ flow }) => [...deps.flows.ownersOf(flowKey(flow))].some(isMeant))
        .map((one) => flowRow(one, deps));
    },
    flowStats: async ({ signal }) => {
      const counted = await (await session.connection({ signal })).dumpCounted({ signal });
      return flowStats(
        counted.map(({ flow }) => flow),
        {
          ...deps,
          network: now().network,
          measures: now().node.stance.accepted.some((one) =>
            measures(one.trafficEncapMode, now().node),
          ),
        },
      );
    },
    endConnections: ({ body, signal }) =>
      endConnections(body, { ender: deps.ender, state: deps.policies.state }, { signal }),
    trace: async ({ body, signal }) => {
      const packet = tracePacket(body, deps);
      return {
        packet,
        text: await deps.control.call("ofproto/trace", [now().node.config.ovsBridge, packet], {
          signal,
        }),
        tables: Object.fromEntries([...tableNames].map(([id, name]) => [String(id), name])),
        meanings: Object.fromEntries(Object.values(tables).map(({ name, means }) => [name, means])),
        ports: portNames(deps),
      };
    },
    plan: async ({ body, signal }) => {
      const host = await deps.observeHost();
      const plan = planChange({
        now: now(),
        settings: body,
        links: (node) => discoverLinks(host, node.view, [body]),
        tunnelPorts: tunnelPortsOf(deps.replica),
        preview: deps.preview,
        direct: (name) => (deps.paths.measured(name) ? deps.paths.verdict(name) : undefined),
      });
      const probes = tunnelProbes({
        ...{ settings: body, paths: plan.paths, local: now().node.identity },
        peers: [...peers()].map(({ plan: { identity } }) => identity),
        accepts: (name) => deps.stateOf(name)?.accepts ?? [],
      });
      const reached = await deps.probeTunnels(probes, { signal });
      const lost = unreachedText(probes.filter((probe) => !reached.has(probe)));
      return { ...plan, problems: [...plan.problems, ...lost] };
    },
    planPolicies: ({ body }) =>
      planPolicies(
        deps.policies,
        body,
        pods().flatMap((pod) => localPodOf(pod) ?? []),
      ),
    probe: async ({ body, signal }) => {
      const chosen = [...peers()].filter(
        ({ plan }) => !body.nodes || body.nodes.includes(plan.identity.name),
      );
      const unknown = body.nodes?.find(
        (name) => !chosen.some(({ plan }) => plan.identity.name === name),
      );
      if (unknown !== undefined)
        throw refuse(
          404,
          `There is no other Node named ${unknown}. Nodes are listed by "antctl get nodes".`,
        );
      const { count, timeoutMs } = body;
      const results = chosen.map((status) =>
        deps.prober.probe(status, mtuTo(status.plan.path, now().node.mtu), {
          count,
          timeoutMs,
          signal,
        }),
      );
      return (await Promise.all(results)).flat();
    },
    routes: ({ signal }) => neededRoutes(deps, signal),
    changes: ({ query }) => changeRows(deps.changes, query),
  };
}

function nodePaths({ now, peers, replica }: LocalApiDeps): NodePath[] {
  const { node } = now();
  const { view, transport, mtu } = node;
  const transportIP = transport.addresses[0]?.address;
  const own: NodePath = {
    name: view.name,
    podCIDRs: view.podCidrs,
    path: { kind: "local", reason: "this Node" },
    mtu: mtu.direct,
    ...(transportIP === undefined ? {} : { transportIP }),
  };
  const ports = tunnelPortsOf(replica);
  return [own, ...[...peers()].map((status) => nodePath(status, node, ports))];
}

function nodePath(status: PeerStatus, { mtu }: ThisNode, ports: TunnelPorts): NodePath {
  const { identity, path, nextHops, form, device } = status.plan;
  const tunnelForm = path.kind === "tunnel" ? findTunnelForm(form) : undefined;
  const tunnel = tunnelForm && ports.get(tunnelForm);
  const [nextHop] = nextHops;
  const transportIP = identity.transport[0]?.address;
  return {
    name: identity.name,
    podCIDRs: identity.podCidrs,
    path: peerPath(status),
    mtu: mtuTo(path, mtu),
    ...(transportIP === undefined ? {} : { transportIP }),
    ...(tunnel ? { device: tunnel } : {}),
    ...(path.kind === "direct" ? { device } : {}),
    ...(nextHop ? { nextHop: nextHop.address } : {}),
    ...(identity.providerId === undefined ? {} : { providerID: identity.providerId }),
  };
}

function pathRows({ now, peers, paths }: LocalApiDeps): PathRow[] {
  const own: PathRow = { name: now().node.view.name, path: "local", reason: "this Node" };
  const rows = [...peers()].map((status): PathRow => {
    const { identity, path } = status.plan;
    const since = paths.sinceOf(identity.name)?.toISOString();
    const { latencyMs, loss, mtu } = paths.measured(identity.name) ?? {};
    return {
      name: identity.name,
      path: path.kind,
      reason: pathReason(status),
      ...(since === undefined ? {} : { since }),
      ...(latencyMs === undefined ? {} : { latencyMs: Math.round(latencyMs * 100) / 100 }),
      ...(loss === undefined ? {} : { lossPercent: Math.round(loss * 1000) / 10 }),
      ...(mtu === undefined ? {} : { mtu }),
    };
  });
  return [own, ...rows];
}

function portNames({ now, pods }: LocalApiDeps): Readonly<Record<string, string>> {
  const { network } = now();
  const { gateway, tunnels } = network;
  const uplinks = uplinksOf(network);
  return {
    [gateway.ofPort]: "gateway",
    ...Object.fromEntries(
      tunnels.map(({ ofPort, type }) => [
        ofPort,
        tunnels.length > 1 ? `tunnel (${type})` : "tunnel",
      ]),
    ),
    ...Object.fromEntries(
      uplinks.map(({ ofPort, device }) => [
        ofPort,
        uplinks.length > 1 ? `uplink (${device})` : "uplink",
      ]),
    ),
    ...Object.fromEntries(pods().map((pod) => [String(pod.ofPort), `pod ${podKey(pod)}`])),
  };
}

/** The path in the words of the API, with what it is waiting for. */
export function peerPath(status: PeerStatus): PeerPath {
  return { ...status.plan.path, reason: pathReason(status) };
}

function flowRow({ flow, packets, bytes }: CountedFlow, { flows }: LocalApiDeps) {
  const feature = cookieCategory(flow.cookie);
  const [owner] = flows.ownersOf(flowKey(flow));
  return {
    table: tableNames.get(flow.table) ?? String(flow.table),
    priority: flow.priority,
    packets,
    bytes,
    cookie: `0x${flow.cookie.toString(16).padStart(16, "0")}`,
    ...(feature === undefined ? {} : { feature }),
    ...(owner === undefined ? {} : { owner }),
    flow: formatFlow(flow, { cookie: false, tableName: (id) => tableNames.get(id) }),
  };
}

function isWanted(
  row: ReturnType<typeof flowRow>,
  query: {
    readonly pod?: string | undefined;
    readonly table?: string | undefined;
    readonly feature?: string | undefined;
  },
): boolean {
  const list = (text: string | undefined) =>
    text?.split(",").map((part) => part.trim().toLowerCase());
  const tables = list(query.table);
  const features = list(query.feature);
  const id = [...tableNames].find(([, name]) => name === row.table)?.[0];
  return (
    (query.pod === undefined || row.owner === `pod:${query.pod}`) &&
    (!tables || tables.includes(row.table.toLowerCase()) || tables.includes(String(id))) &&
    (!features || features.includes((row.feature ?? "").toLowerCase()))
  );
}

function countBy(names: readonly string[]): { readonly name: string; readonly flows: number }[] {
  return [...Map.groupBy(names, (name) => name)].map(([name, all]) => ({
    name,
    flows: all.length,
  }));
}

/** The packet to trace in the words of ovs-fields(7). */
function tracePacket(request: TraceRequest, { pods, now }: LocalApiDeps): string {
  const { network } = now();
  const source = endOf(request.source, pods());
  const destination = endOf(request.destination, pods());
  if (request.source !== undefined && !source)
    throw refuse(
      404,
      `${request.source} is no Pod of this Node and no address. Pods of this Node are listed by "antctl get podinterface".`,
    );
  if (request.destination !== undefined && !destination)
    throw refuse(
      404,
      `${request.destination} is no Pod of this Node and no address; give the address of a Pod of another Node.`,
    );
  const port = request.port ?? source?.pod?.ofPort;
  if (port === undefined)
    throw refuse(400, "Say where the packet enters: --source with a Pod of this Node, or --port.");
  const family = request.family ?? familyMeant([source, destination], request.flow);
  return packetText({
    port,
    family,
    flow: request.flow ?? (family === "ipv4" ? "icmp" : "icmp6,icmpv6_type=128"),
    sourceMac: source?.pod?.mac,
    destinationMac:
      source || destination ? (destination?.pod?.mac ?? network.gateway.mac) : undefined,
    source: source && addressOf(source, family),
    destination: destination && addressOf(destination, family),
  });
}

/** One end of a packet: its addresses, and the Pod of this Node that has them. */
interface TraceEnd {
  readonly text: string;
  readonly addresses: readonly IpAddress[];
  readonly pod?: PodInterface | undefined;
}

function endOf(text: string | undefined, pods: readonly PodInterface[]): TraceEnd | undefined {
  if (text === undefined) return undefined;
  const address = parseIp(text);
  const key = text.includes("/") ? text : `default/${text}`;
  const pod = pods.find((one) => (address ? one.addresses.includes(address) : podKey(one) === key));
  if (address) return { text, addresses: [address], pod };
  return pod && { text, addresses: pod.addresses, pod };
}

/** The IP family that a person means: the protocol's, or one that all ends have, IPv4 before IPv6. */
function familyMeant(ends: readonly (TraceEnd | undefined)[], flow: string | undefined): IpFamily {
  if (/^(?:ipv6|\w+6)\b/.test(flow ?? "")) return "ipv6";
  const said = ends.filter((end) => end !== undefined);
  const has = (family: IpFamily) =>
    said.every(({ addresses }) => addresses.some((address) => familyOf(address) === family));
  return !has("ipv4") && has("ipv6") ? "ipv6" : "ipv4";
}

function addressOf({ text, addresses }: TraceEnd, family: IpFamily): IpAddress {
  const address = addresses.find((one) => familyOf(one) === family);
  if (address) return address;
  throw refuse(
    400,
    `${text} has no ${family === "ipv4" ? "IPv4" : "IPv6"} address, only ${addresses.join(", ")}: give another end, or another --addr-family.`,
  );
}

async function neededRoutes(
  { peers, prober }: LocalApiDeps,
  signal: AbortSignal,
): Promise<NeededRoute[]> {
  const rows = [...peers()].flatMap((status) =>
    status.plan.identity.podCidrs.map((cidr) => ({ status, cidr })),
  );
  return Promise.all(
    rows.map(async ({ status, cidr }): Promise<NeededRoute> => {
      const { identity, path } = status.plan;
      const transportIP = identity.transport.find(
        ({ address }) => familyOf(address) === cidrFamily(cidr),
      )?.address;
      const common = {
        node: identity.name,
        podCIDR: cidr,
        ...(transportIP === undefined ? {} : { transportIP }),
        ...(identity.providerId === undefined ? {} : { providerID: identity.providerId }),
      };
      if (path.kind === "none")
        return { ...common, keeper: "node", state: "missing", reason: path.reason };
      const isFabric = path.kind === "direct" && !path.onLink;
      if (!isFabric) {
        const waits = status.unresolved.length > 0 || status.unroutable.includes(cidr);
        return {
          ...common,
          keeper: "node",
          state: waits ? "missing" : "present",
          reason: peerPath(status).reason,
        };
      }
      const answers = await prober.answers(gatewayAddress(cidr), { timeoutMs: 1000, signal });
      return {
        ...common,
        keeper: "fabric",
        state: answers ? "present" : "missing",
        reason: answers
          ? `${gatewayAddress(cidr)} answers`
          : `${gatewayAddress(cidr)} does not answer: the network between has no route for ${cidr}, or drops it`,
      };
    }),
  );
}
