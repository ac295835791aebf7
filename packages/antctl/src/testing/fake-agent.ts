import { settingsText } from "@antrea/api";
import type { AgentInfo } from "@antrea/api";
import {
  type AgentApi,
  agentRouter,
  type ChangeRow,
  type Handlers,
  type LocalTransport,
  type NeededRoute,
  type NodePath,
  type ProbeResult,
  refuse,
} from "@antrea/api/local-api";
import type { LogLevel } from "@antrea/base";
import { type Cidr, cidrAddress, type IpAddress, parseCidr, parseIp, parseMac } from "@antrea/net";

/** A Node of a fake cluster: Pod CIDR 10.244.<number>.0/24, address 172.30.<subnet>.<10 + number>. */
export interface FakeNode {
  readonly number: number;
  readonly subnet: number;
  /** Whether the fabric has a route to its Pods. */
  readonly isRouted: boolean;
}

export function fakeNode(number: number, subnet: number, isRouted = true): FakeNode {
  return { number, subnet, isRouted };
}

export const nameOf = ({ number }: FakeNode) => `node-${number}`;

/** The agent of `self` among `all`, held to the same endpoints and shapes as the real one. */
export function fakeAgent(
  self: FakeNode,
  all: readonly FakeNode[],
  mode: "hybrid" | "noEncap",
  more: Partial<Handlers<AgentApi>> = {},
): LocalTransport {
  const peers = all.filter((node) => node !== self);
  const state: { level: LogLevel } = { level: "info" };
  const path = (to: FakeNode) => pathBetween(self, to, mode);
  return agentRouter({
    version: () => ({ component: "antrea-agent", version: "v0.1.0" }),
    featureGates: () => [
      { component: "agent", name: "AntreaPolicy", status: "Disabled", version: "BETA" },
    ],
    logLevel: () => state,
    setLogLevel: ({ body }) => {
      state.level = body.level;
      return state;
    },
    agentInfo: () => fakeInfo(self, mode),
    modeChange: () => [],
    paths: () => [
      { name: nameOf(self), path: "local", reason: "this Node" },
      ...peers.map((peer) => {
        const { kind, reason } = path(peer);
        const measured = { latencyMs: 0.31, lossPercent: 0, mtu: 1450 };
        const since = "2026-08-01T10:00:00.000Z";
        return { name: nameOf(peer), path: kind, reason, since, ...measured };
      }),
    ],
    plan: ({ body }) => ({
      from: "encap, geneve:6081",
      to: settingsText(body),
      mtu: { from: 1450, to: 1450 },
      paths: peers.map((peer) => ({
        ...{ node: nameOf(peer), from: "geneve:6081", to: "direct", reason: "same subnet" },
      })),
      flows: [{ change: "modify", table: "L3Forwarding", feature: "PodConnectivity", flow: "ip" }],
      host: ["+ route 10.244.2.0/24"],
      problems: [],
    }),
    planPolicies: ({ body }) => ({
      flows: body.networkPolicies.put.map(() => ({
        ...{ change: "add", table: "IngressRule", feature: "NetworkPolicy", flow: "ip" },
      })),
      host: [],
      problems: [],
    }),
    nodes: () => [
      { ...lineOf(self), path: { kind: "local", reason: "this Node" } },
      ...peers.map((peer) => ({ ...lineOf(peer), path: path(peer) })),
    ],
    networkPolicies: () => [
      {
        name: "0c5f8f2e-1f0f-4d57-9a0a-f2f5a1b9d001",
        source: "AntreaClusterNetworkPolicy:deny-all",
        appliedTo: ["g-1"],
        ...{ rules: 2, tierPriority: 250, priority: 5, generation: 3, realizedGeneration: 3 },
        receivedAt: "2026-08-01T10:00:00.000Z",
        confirmedAt: "2026-08-01T10:00:00.004Z",
      },
    ],
    addressGroups: () => [
      { name: "g-2", members: [{ member: "shop/cart-0", ips: [], ports: ["web:80/TCP"] }] },
    ],
    appliedToGroups: () => [
      { name: "g-1", members: [{ member: "shop/web-1", ips: [], ports: [] }] },
    ],
    podInterfaces: ({ query }) =>
      [podOn(self, "web-1"), podOn(self, "web-2")].filter(
        ({ podName, podNamespace }) =>
          (query.name ?? podName) === podName && (query.namespace ?? podNamespace) === podNamespace,
      ),
    ovsFlows: ({ query }) => ({
      flows: query.countsOnly ? [] : [flowRow, { ...flowRow, table: "Output", priority: 0 }],
      groups: query.groups
        ? [{ group: "group_id=1,type=select" }, { group: "group_id=12,type=all" }]
        : [],
      tables: [
        { id: 0, name: "L3Forwarding", flows: 12 },
        { id: 1, name: "Output", flows: 1 },
      ],
      features: [{ name: "PodConnectivity", flows: 13 }],
    }),
    ruleFlows: ({ query }) => [
      {
        ...flowRow,
        owner: `policy:${query.name}/${query.direction}/${query.index ?? "isolation"}`,
      },
    ],
    flowStats: () => [
      { by: "table", name: "L3Forwarding", flows: 12 },
      { by: "sum", name: "all flows", flows: 12 },
      { by: "one more", name: "Pod of this Node", flows: 4 },
    ],
    endConnections: ({ body }) => ({
      ...{ policies: 1, lookedAt: 7 },
      ended:
        body.policy?.name === "quiet"
          ? []
          : [
              {
                ...{ policy: "AntreaClusterNetworkPolicy:deny-all", index: 1, rule: "no-web" },
                ...({ direction: "In", action: "Drop", connections: 3 } as const),
              },
            ],
      unguarded: 0,
    }),
    trace: ({ body }) => {
      if (body.source === "shop/ghost") throw refuse(404, "shop/ghost is no Pod of this Node.");
      return {
        packet: JSON.stringify(body),
        text: 'bridge("br-int")\n 0. priority 0\n    drop\n\nDatapath actions: drop\n',
        tables: { "0": "Classifier" },
        ports: {},
      };
    },
    probe: ({ body }) =>
      peers
        .filter((peer) => body.nodes?.includes(nameOf(peer)) ?? true)
        .map((peer) => probeOf(self, peer, mode, body.count)),
    changes: ({ query }) =>
      changeRows.filter(
        ({ owner, kind }) => owner.includes(query.owner ?? "") && kind === (query.kind ?? kind),
      ),
    routes: () => peers.map((peer) => routeTo(self, peer, mode)),
    ...more,
  });
}

const changeRows: readonly ChangeRow[] = [
  {
    serial: 1,
    kind: "flow",
    owner: "pod:shop/web-1",
    cause: "wanted",
    added: 3,
    modified: 0,
    removed: 0,
    details: ["+ table=Classifier in_port=3", "+ table=SpoofGuard in_port=3"],
    wantedAt: "2026-08-01T10:00:00.000Z",
    sentAt: "2026-08-01T10:00:00.001Z",
    outcome: "confirmed",
    settledAt: "2026-08-01T10:00:00.007Z",
  },
  {
    serial: 2,
    kind: "route",
    owner: "peer:node-2",
    cause: "found",
    added: 1,
    modified: 0,
    removed: 0,
    details: ["+ 254 10.244.2.0/24 metric 0"],
    wantedAt: "2026-08-01T10:01:00.000Z",
    sentAt: "2026-08-01T10:01:00.000Z",
    outcome: "refused",
    settledAt: "2026-08-01T10:01:00.002Z",
    reason: "Nexthop has invalid gateway",
  },
];

function pathBetween(from: FakeNode, to: FakeNode, mode: "hybrid" | "noEncap"): NodePath["path"] {
  if (from.subnet === to.subnet) return { kind: "direct", onLink: true, reason: "same subnet" };
  return mode === "noEncap"
    ? { kind: "direct", onLink: false, reason: "mode noEncap, different subnets" }
    : { kind: "tunnel", remote: addressOf(to), reason: "different subnets" };
}

/** Over the fabric both ways need a route. */
function answers(from: FakeNode, to: FakeNode, mode: "hybrid" | "noEncap"): boolean {
  const path = pathBetween(from, to, mode);
  return path.kind !== "direct" || path.onLink || (from.isRouted && to.isRouted);
}

function probeOf(
  from: FakeNode,
  to: FakeNode,
  mode: "hybrid" | "noEncap",
  sent: number,
): ProbeResult {
  const common = { node: nameOf(to), path: pathBetween(from, to, mode), mtu: 1450, sent };
  return answers(from, to, mode)
    ? { ...common, received: sent, largest: 1450, roundTrip: { min: 0.2, mean: 0.25, max: 0.4 } }
    : { ...common, received: 0, failure: "no answer: the fabric has no route, or drops it" };
}

function routeTo(from: FakeNode, to: FakeNode, mode: "hybrid" | "noEncap"): NeededRoute {
  const path = pathBetween(from, to, mode);
  const isFabric = path.kind === "direct" && !path.onLink;
  return {
    node: nameOf(to),
    podCIDR: cidrOf(to),
    transportIP: addressOf(to),
    keeper: isFabric ? "fabric" : "node",
    state: answers(from, to, mode) ? "present" : "missing",
    reason: path.reason,
  };
}

function lineOf(node: FakeNode) {
  return { name: nameOf(node), transportIP: addressOf(node), podCIDRs: [cidrOf(node)], mtu: 1450 };
}

export function cidrOf({ number }: FakeNode): Cidr {
  return sure(parseCidr(`10.244.${number}.0/24`));
}

export function addressOf({ number, subnet }: FakeNode): IpAddress {
  return sure(parseIp(`172.30.${subnet}.${10 + number}`));
}

function podOn(node: FakeNode, podName: string) {
  return {
    podName,
    podNamespace: "shop",
    interfaceName: `${podName}-a1b2c3`,
    ips: [sure(parseIp(`${cidrAddress(cidrOf(node)).slice(0, -1)}5`))],
    mac: sure(parseMac("0a:00:00:00:00:05")),
    portUUID: "8d9e",
    ofPort: 3,
    containerID: "c0ffee",
  };
}

const flowRow = {
  table: "L3Forwarding",
  priority: 190,
  packets: 7,
  bytes: 686,
  cookie: "0x000001006df5edd8",
  feature: "PodConnectivity",
  owner: "pod:shop/web-1",
  flow: "table=L3Forwarding, priority=190,ip,nw_dst=10.244.1.5 actions=goto_table:L3DecTTL",
};

export function fakeInfo(node: FakeNode, mode: "hybrid" | "noEncap"): AgentInfo {
  return {
    version: "v0.1.0",
    podRef: { kind: "Pod", namespace: "kube-system", name: `antrea-agent-${node.number}` },
    nodeRef: { kind: "Node", name: nameOf(node) },
    nodeSubnets: [cidrOf(node)],
    localPodNum: 2,
    agentConditions: [{ type: "AgentHealthy", status: "True" }],
    networkInfo: { trafficEncapMode: mode, podMTU: 1450 },
  };
}

function sure<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("The text of a test input is valid");
  return value;
}
