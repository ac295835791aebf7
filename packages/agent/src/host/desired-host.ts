import {
  connectedRoute,
  type HostEntries,
  type Neighbour,
  type NftChain,
  type NftMatch,
  type NftRule,
  type NftTable,
  type Route,
  route,
  routeProtocol,
} from "@antrea/linux";
import {
  type Cidr,
  cidrFamily,
  familyOf,
  type InterfaceAddress,
  type IpAddress,
  type IpFamily,
  linkLocalOf,
  outermostCidrs,
} from "@antrea/net";
import {
  familiesOf,
  globalVirtualMac,
  mtuTo,
  type NodeNetwork,
  type Path,
  type PodMtu,
  type Tunnel,
} from "@antrea/pipeline";
import { type ThisNode, transportsOf } from "../node/this-node.ts";
import { gatewayAddress } from "../pods/ipam.ts";
import { neighboursOf, type NextHop, routeHopOf, type PeerPlan } from "../routes/peers.ts";

/** What the host's side of the network depends on. */
export interface HostPlan {
  readonly gateway: {
    readonly device: string;
    readonly addresses: readonly InterfaceAddress[];
    /** Of its link, and of what the host sends to Pods. */
    readonly mtu: PodMtu;
  };
  /** The links to other Nodes; the one that is sent by comes first. */
  readonly transports: readonly {
    readonly device: string;
    readonly addresses: readonly InterfaceAddress[];
  }[];
  /** The transport device takes routes from router advertisements, which a kernel that forwards does only if told. */
  readonly heedsRouters: boolean;
  readonly podCidrs: readonly Cidr[];
  /** Whether the bridge answers the host's neighbour solicitations. */
  readonly answersNd: boolean;
  readonly tunnels: readonly Pick<Tunnel, "type" | "udpPort">[];
  /** Whether the bridge reads the transport device too (see ADR 2), or leaves it to the host alone. */
  readonly isUplinkShared: boolean;
  readonly masquerade: boolean;
  readonly randomPorts: boolean;
}

/** What the host's side of the network depends on, of all that is known of this Node. */
export function hostPlanOf(node: ThisNode, network: NodeNetwork): HostPlan {
  const { config, heedsRouters, isUplinkShared, mtu } = node;
  return {
    gateway: { device: config.hostGateway, addresses: network.gateway.addresses, mtu },
    transports: transportsOf(node),
    heedsRouters,
    podCidrs: network.podCidrs,
    answersNd: network.answersNd,
    tunnels: network.tunnels,
    isUplinkShared,
    masquerade: !config.noSNAT,
    randomPorts: config.snatFullyRandomPorts,
  };
}

/** The links, addresses, settings and firewall that the Node needs whoever its peers are. */
export function compileHost(plan: HostPlan, directPodCidrs: readonly Cidr[]): HostEntries {
  const { gateway } = plan;
  return {
    links: [{ name: gateway.device, mtu: gateway.mtu.link, isUp: true }],
    addresses: gateway.addresses.map((address) => ({ ...address, device: gateway.device })),
    routes: gateway.addresses
      .flatMap((address) => connectedRoute(gateway.device, address) ?? [])
      .map((toOwnPods) => ({ ...toOwnPods, ...ownPodsMtu(plan) })),
    sysctls: Object.assign({}, ...familiesOf(plan).map((family) => sysctlsOf[family](plan))),
    nftTables: [
      ...familiesOf(plan).map((family) => natTable(family, plan, directPodCidrs)),
      ...(plan.isUplinkShared ? [uplinkTable(plan)] : []),
    ],
  };
}

/** What the kernel must do with packets of each family (Documentation/networking/ip-sysctl.rst of Linux). */
const sysctlsOf: Readonly<Record<IpFamily, (plan: HostPlan) => Readonly<Record<string, string>>>> =
  {
    ipv4: ({ gateway: { device } }) => ({
      "net/ipv4/ip_forward": "1",
      // the gateway speaks ARP only of its own address, as the spoof guard wants it
      [`net/ipv4/conf/${device}/arp_announce`]: "1",
      // answers from outside to a Pod may come by a way that the kernel did not choose
      [`net/ipv4/conf/${device}/rp_filter`]: "2",
    }),
    ipv6: ({ gateway: { device }, transports: [transport], heedsRouters }) => ({
      // before forwarding is on: the Node's default route may live of advertisements
      ...(heedsRouters && transport
        ? { [`net/ipv6/conf/${transport.device}/accept_ra`]: "2" }
        : {}),
      "net/ipv6/conf/all/forwarding": "1",
      // a machine may have turned IPv6 off for links to come
      [`net/ipv6/conf/${device}/disable_ipv6`]: "0",
      // nobody else is on the gateway's link: no router, no duplicate to wait a second for
      [`net/ipv6/conf/${device}/accept_ra`]: "0",
      [`net/ipv6/conf/${device}/accept_dad`]: "0",
    }),
  };

/** The peers' Pod CIDRs that the host itself sends to: what goes there stays in the cluster, and keeps its source. */
export function hostRoutedPodCidrs(peers: Iterable<PeerPlan>, host: HostPlan): readonly Cidr[] {
  return [...peers].flatMap((peer) => (isHostRouted(peer, host) ? peer.podCidrs : [])).sort();
}

/** Whether the host's stack carries the Pods' packets to this peer. */
export function isHostRouted({ path }: PeerPlan, { isUplinkShared }: HostPlan): boolean {
  return path.kind === "direct" && !isUplinkShared;
}

/** Reaching a peer's Pods from the host: by the bridge, or over the link itself where the host carries direct traffic. */
export function compilePeerHost(peer: PeerPlan, plan: HostPlan): HostEntries {
  const { path, podCidrs } = peer;
  if (path.kind === "none") return {};
  const neighbours = plan.isUplinkShared
    ? neighboursOf(peer).map((hop) => ({
        device: hop.device,
        address: hop.address,
        state: "none" as const,
        isManaged: true,
      }))
    : [];
  if (path.kind === "direct" && !plan.isUplinkShared) {
    if (!path.onLink) return { neighbours }; // the fabric knows the way
    return {
      neighbours,
      routes: podCidrs.map((cidr) => directRoute(cidr, routeHopOf(peer, cidrFamily(cidr)), plan)),
    };
  }
  const ways = podCidrs.map((cidr) => wayByBridge(cidr, path, plan));
  return {
    neighbours: [...neighbours, ...ways.flatMap(({ neighbour }) => neighbour ?? [])],
    routes: ways.map(({ route: byBridge }) => byBridge),
  };
}

/**
 * The bridge stands for every peer's gateway; who that is it says itself, or the host has it written
 * down. For IPv6 it is a router with a link-local address, as routers are (RFC 4861): by an address of
 * the destination itself the kernel takes no route while the destination is still reached elsewhere,
 * as when a mode changes.
 */
function wayByBridge(
  destination: Cidr,
  path: Path,
  plan: HostPlan,
): { readonly route: Route; readonly neighbour?: Neighbour } {
  const {
    gateway: { device },
    answersNd,
  } = plan;
  const isIpv6 = cidrFamily(destination) === "ipv6";
  const via = isIpv6 ? linkLocalOf(globalVirtualMac) : gatewayAddress(destination);
  const byBridge = route({
    destination,
    via,
    device,
    isOnlink: true,
    protocol: routeProtocol.antrea,
    ...routeMtu(path, plan),
  });
  if (answersNd || !isIpv6) return { route: byBridge };
  return {
    route: byBridge,
    neighbour: { device, address: via, state: "permanent", mac: globalVirtualMac },
  };
}

/**
 * The host sends its own Pods what it sends to others. Where it also brings them what peers send, they get
 * all that their links carry: a peer that has yet to hear of a change sends by the former size.
 */
function ownPodsMtu(plan: HostPlan): { readonly mtu?: number } {
  return plan.isUplinkShared ? routeMtu({ kind: "direct" }, plan) : {};
}

/** The `mtu` of a route to Pods: none where the gateway's link says all. */
function routeMtu(
  path: Pick<Path, "kind">,
  { gateway: { mtu } }: HostPlan,
): { readonly mtu?: number } {
  const sent = mtuTo(path, mtu);
  return sent < mtu.link ? { mtu: sent } : {};
}

/** Without a next hop packets for the peer's Pods must not leave by the default route. */
function directRoute(destination: Cidr, nextHop: NextHop | undefined, plan: HostPlan): Route {
  const way = nextHop
    ? { via: nextHop.address, device: nextHop.device, ...routeMtu({ kind: "direct" }, plan) }
    : ({ type: "unreachable" } as const);
  return route({ destination, ...way, protocol: routeProtocol.antrea });
}

/** Source translation of what leaves the cluster, and a guard against tunnels made by Pods. */
function natTable(family: IpFamily, plan: HostPlan, directPodCidrs: readonly Cidr[]): NftTable {
  const { gateway, masquerade, randomPorts } = plan;
  const notGateway = { kind: "output", device: gateway.device, isNegated: true } as const;
  // of Nodes that claim the same, none is refused yet when an agent starts; a set of nftables takes no overlap
  const direct = outermostCidrs(directPodCidrs.filter((cidr) => cidrFamily(cidr) === family));
  const leavesCluster: NftMatch[] = [
    notGateway,
    ...(direct.length > 0
      ? [{ kind: "destination", family, address: "@direct_pod_cidrs", isNegated: true } as const]
      : []),
  ];
  const ours = plan.podCidrs.filter((cidr) => cidrFamily(cidr) === family);
  const verdict = { kind: "masquerade", ...(randomPorts ? { isFullyRandom: true } : {}) } as const;
  const masqueradeRules: NftRule[] = masquerade
    ? ours.map((cidr) => ({
        match: [{ kind: "source", family, address: cidr }, ...leavesCluster],
        verdict,
        comment: `Pods of ${cidr} to outside the cluster`,
        isCounted: true,
      }))
    : [];
  const hostToPods: NftRule[] = gateway.addresses
    .map(({ address }) => address)
    .filter((address) => familyOf(address) === family)
    .slice(0, 1)
    .map((address: IpAddress) => ({
      match: [
        { kind: "output", device: gateway.device },
        { kind: "addressType", side: "source", type: "local" },
        { kind: "source", family, address, isNegated: true },
      ],
      verdict: { kind: "masquerade" },
      comment: "The host to Pods, from another of its addresses",
      isCounted: true,
    }));
  return {
    family: family === "ipv4" ? "ip" : "ip6",
    name: "antrea",
    sets:
      direct.length > 0
        ? [
            {
              name: "direct_pod_cidrs",
              type: `${family}_addr`,
              isInterval: true,
              elements: direct,
            },
          ]
        : [],
    chains: [
      {
        name: "postrouting",
        base: { type: "nat", hook: "postrouting", priority: 100, policy: "accept" },
        rules: [...masqueradeRules, ...hostToPods],
      },
      ...tunnelGuard(family, plan),
    ],
  };
}

/** Nothing that a Pod sends may look like a tunnel of this Node to another one, also after address translation. */
function tunnelGuard(family: IpFamily, { gateway, tunnels }: HostPlan): NftChain[] {
  if (tunnels.length === 0) return [];
  return [
    {
      name: "forward",
      base: { type: "filter", hook: "forward", priority: 0, policy: "accept" },
      rules: tunnels.map((tunnel) => ({
        match: [
          { kind: "input", device: gateway.device },
          { kind: "output", device: gateway.device, isNegated: true },
          ...tunnelMatch(family, tunnel),
        ],
        verdict: { kind: "drop" },
        comment: "Tunnel packets made by Pods",
        isCounted: true,
      })),
    },
  ];
}

/** What the bridge takes from the uplink, the host must not handle a second time. */
function uplinkTable({ transports, podCidrs, tunnels }: HostPlan): NftTable {
  const toPods: NftRule[] = podCidrs.map((cidr) => ({
    match: [{ kind: "destination", family: cidrFamily(cidr), address: cidr }],
    verdict: { kind: "drop" },
    comment: `The bridge brings these to Pods of ${cidr}`,
    isCounted: true,
  }));
  const ended = tunnels.flatMap((tunnel) =>
    transports
      .flatMap(({ addresses }) => addresses)
      .map(
        ({ address }): NftRule => ({
          match: [
            { kind: "destination", family: familyOf(address), address },
            ...tunnelMatch(familyOf(address), tunnel),
          ],
          verdict: { kind: "drop" },
          comment: `The bridge ends these tunnels to ${address}`,
          isCounted: true,
        }),
      ),
  );
  return {
    family: "netdev",
    name: "antrea",
    chains: [
      {
        name: "uplink",
        base: {
          type: "filter",
          hook: "ingress",
          priority: 0,
          policy: "accept",
          devices: transports.map(({ device }) => device),
        },
        rules: [...toPods, ...ended],
      },
    ],
  };
}

function tunnelMatch(family: IpFamily, tunnel: HostPlan["tunnels"][number]): NftMatch[] {
  return tunnel.udpPort === undefined
    ? [{ kind: "protocol", family, protocol: "gre" }]
    : [{ kind: "destinationPort", protocol: "udp", port: tunnel.udpPort }];
}
