import {
  type HostEntries,
  type NftChain,
  type NftMatch,
  type NftRule,
  type NftTable,
  route,
  routeProtocol,
} from "@antrea/linux";
import {
  type Cidr,
  cidrFamily,
  familyOf,
  type InterfaceAddress,
  type IpAddress,
} from "@antrea/net";
import type { NodeNetwork, TunnelType } from "@antrea/pipeline";
import type { ThisNode } from "../node/this-node.ts";
import { gatewayAddress } from "../pods/ipam.ts";
import { neighboursOf, type PeerPlan } from "../routes/peers.ts";

/** What the host's side of the network depends on. */
export interface HostPlan {
  readonly gateway: {
    readonly device: string;
    readonly addresses: readonly InterfaceAddress[];
    readonly mtu: number;
  };
  readonly transport: { readonly device: string; readonly addresses: readonly InterfaceAddress[] };
  readonly podCidrs: readonly Cidr[];
  readonly tunnel?:
    | { readonly type: TunnelType; readonly udpPort?: number | undefined }
    | undefined;
  /** Whether the bridge reads the transport device too (see ADR 2), or leaves it to the host alone. */
  readonly isUplinkShared: boolean;
  readonly masquerade: boolean;
  readonly randomPorts: boolean;
}

/** What the host's side of the network depends on, of all that is known of this Node. */
export function hostPlanOf(node: ThisNode, network: NodeNetwork): HostPlan {
  const { config, transport, hasTunnel, tunnelUdpPort, isUplinkShared, mtu } = node;
  return {
    gateway: { device: config.hostGateway, addresses: network.gateway.addresses, mtu },
    transport,
    podCidrs: network.podCidrs,
    tunnel: hasTunnel ? { type: config.tunnelType, udpPort: tunnelUdpPort } : undefined,
    isUplinkShared,
    masquerade: !config.noSNAT,
    randomPorts: config.snatFullyRandomPorts,
  };
}

/** The links, addresses, settings and firewall that the Node needs whoever its peers are. */
export function compileHost(plan: HostPlan, directPodCidrs: readonly Cidr[]): HostEntries {
  const { gateway } = plan;
  return {
    links: [{ name: gateway.device, mtu: gateway.mtu, isUp: true }],
    addresses: gateway.addresses.map((address) => ({ ...address, device: gateway.device })),
    sysctls: {
      "net/ipv4/ip_forward": "1",
      // the gateway speaks ARP only of its own address, as the spoof guard wants it
      [`net/ipv4/conf/${gateway.device}/arp_announce`]: "1",
      // answers from outside to a Pod may come by a way that the kernel did not choose
      [`net/ipv4/conf/${gateway.device}/rp_filter`]: "2",
    },
    nftTables: [
      natTable(plan, directPodCidrs),
      ...(plan.isUplinkShared ? [uplinkTable(plan)] : []),
    ],
  };
}

/** The peers' Pod CIDRs that the host itself sends to: what goes there stays in the cluster, and keeps its source. */
export function hostRoutedPodCidrs(
  peers: Iterable<PeerPlan>,
  { isUplinkShared }: HostPlan,
): readonly Cidr[] {
  if (isUplinkShared) return [];
  return [...peers]
    .flatMap(({ path, podCidrs }) => (path.kind === "direct" ? podCidrs : []))
    .sort();
}

/** Reaching a peer's Pods from the host: by the bridge, or over the link itself where the host carries direct traffic. */
export function compilePeerHost(peer: PeerPlan, plan: HostPlan): HostEntries {
  const { path, podCidrs, nextHop } = peer;
  if (path.kind === "none") return {};
  const neighbours = plan.isUplinkShared
    ? neighboursOf(peer).map((hop) => ({
        device: hop.device,
        address: hop.address,
        state: "none" as const,
        isManaged: true,
      }))
    : [];
  const isHostRouted = path.kind === "direct" && !plan.isUplinkShared;
  if (isHostRouted && !path.onLink) return { neighbours }; // the fabric knows the way
  return {
    neighbours,
    routes: podCidrs.map((destination) =>
      isHostRouted && nextHop
        ? route({
            destination,
            via: nextHop.address,
            device: nextHop.device,
            protocol: routeProtocol.antrea,
          })
        : route({
            destination,
            via: gatewayAddress(destination),
            device: plan.gateway.device,
            isOnlink: true,
            protocol: routeProtocol.antrea,
          }),
    ),
  };
}

/** Source translation of what leaves the cluster, and a guard against tunnels made by Pods. */
function natTable(plan: HostPlan, directPodCidrs: readonly Cidr[]): NftTable {
  const { gateway, masquerade, randomPorts } = plan;
  const notGateway = { kind: "output", device: gateway.device, isNegated: true } as const;
  const direct = directPodCidrs.filter((cidr) => cidrFamily(cidr) === "ipv4");
  const leavesCluster: NftMatch[] = [
    notGateway,
    ...(direct.length > 0
      ? [
          {
            kind: "destination",
            family: "ipv4",
            address: "@direct_pod_cidrs",
            isNegated: true,
          } as const,
        ]
      : []),
  ];
  const ours = plan.podCidrs.filter((cidr) => cidrFamily(cidr) === "ipv4");
  const verdict = { kind: "masquerade", ...(randomPorts ? { isFullyRandom: true } : {}) } as const;
  const masqueradeRules: NftRule[] = masquerade
    ? ours.map((cidr) => ({
        match: [{ kind: "source", family: "ipv4", address: cidr }, ...leavesCluster],
        verdict,
        comment: `Pods of ${cidr} to outside the cluster`,
        isCounted: true,
      }))
    : [];
  const hostToPods: NftRule[] = gateway.addresses
    .map(({ address }) => address)
    .filter((address) => familyOf(address) === "ipv4")
    .slice(0, 1)
    .map((address: IpAddress) => ({
      match: [
        { kind: "output", device: gateway.device },
        { kind: "addressType", side: "source", type: "local" },
        { kind: "source", family: "ipv4", address, isNegated: true },
      ],
      verdict: { kind: "masquerade" },
      comment: "The host to Pods, from another of its addresses",
      isCounted: true,
    }));
  return {
    family: "ip",
    name: "antrea",
    sets:
      direct.length > 0
        ? [{ name: "direct_pod_cidrs", type: "ipv4_addr", isInterval: true, elements: direct }]
        : [],
    chains: [
      {
        name: "postrouting",
        base: { type: "nat", hook: "postrouting", priority: 100, policy: "accept" },
        rules: [...masqueradeRules, ...hostToPods],
      },
      ...tunnelGuard(plan),
    ],
  };
}

/** Nothing that a Pod sends may look like a tunnel of this Node to another one, also after address translation. */
function tunnelGuard({ gateway, tunnel }: HostPlan): NftChain[] {
  if (!tunnel) return [];
  return [
    {
      name: "forward",
      base: { type: "filter", hook: "forward", priority: 0, policy: "accept" },
      rules: [
        {
          match: [
            { kind: "input", device: gateway.device },
            { kind: "output", device: gateway.device, isNegated: true },
            ...tunnelMatch(tunnel),
          ],
          verdict: { kind: "drop" },
          comment: "Tunnel packets made by Pods",
          isCounted: true,
        },
      ],
    },
  ];
}

/** What the bridge takes from the uplink, the host must not handle a second time. */
function uplinkTable({ transport, podCidrs, tunnel }: HostPlan): NftTable {
  const toPods: NftRule[] = podCidrs
    .filter((cidr) => cidrFamily(cidr) === "ipv4")
    .map((cidr) => ({
      match: [{ kind: "destination", family: "ipv4", address: cidr }],
      verdict: { kind: "drop" },
      comment: `The bridge brings these to Pods of ${cidr}`,
      isCounted: true,
    }));
  const tunnels: NftRule[] = tunnel
    ? transport.addresses
        .filter(({ address }) => familyOf(address) === "ipv4")
        .map(({ address }) => ({
          match: [{ kind: "destination", family: "ipv4", address }, ...tunnelMatch(tunnel)],
          verdict: { kind: "drop" },
          comment: "The bridge ends these tunnels",
          isCounted: true,
        }))
    : [];
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
          devices: [transport.device],
        },
        rules: [...toPods, ...tunnels],
      },
    ],
  };
}

function tunnelMatch(tunnel: NonNullable<HostPlan["tunnel"]>): NftMatch[] {
  return tunnel.udpPort === undefined
    ? [{ kind: "protocol", family: "ipv4", protocol: "gre" }]
    : [{ kind: "destinationPort", protocol: "udp", port: tunnel.udpPort }];
}
