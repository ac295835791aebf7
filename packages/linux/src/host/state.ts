import {
  type Cidr,
  cidrFamily,
  cidrOf,
  formatInterfaceAddress,
  type InterfaceAddress,
  type IpAddress,
  type IpFamily,
  ipFromBigInt,
  type MacAddress,
} from "@antrea/net";
import type { NftTable } from "../nft/table.ts";

/**
 * A network device. What is undefined in a desired link is left as it is.
 */
export interface Link {
  readonly name: string;
  readonly index?: number;
  /** "veth", "bridge", "tun" …; "" for a device without kind, such as a hardware NIC or loopback. */
  readonly kind?: string;
  readonly mac?: MacAddress;
  /** In bytes, without the Ethernet header. */
  readonly mtu?: number;
  /** Administratively up. */
  readonly isUp?: boolean;
  /** Up and with a carrier: able to pass frames. */
  readonly isRunning?: boolean;
  /** The bridge or OVS datapath that the link is a port of; "" for none. */
  readonly master?: string;
  /** How to make the link if it is not there; without it a missing link is an error. */
  readonly create?: LinkCreation;
}

export type LinkCreation =
  | {
      readonly kind: "veth";
      readonly peer: string;
      /** The peer is born in that namespace; without it, in this one. */
      readonly peerNetns?: string;
    }
  | { readonly kind: "bridge" }
  | { readonly kind: "dummy" };

export interface LinkAddress extends InterfaceAddress {
  readonly device: string;
  /** Without the connected route that an address brings with it. */
  readonly withoutPrefixRoute?: boolean;
}

/** A route as the kernel tells it apart from others, and where it leads. Make one with `route()`. */
export interface Route {
  readonly destination: Cidr;
  /** Routing table: 254 is `main`, 255 `local`. */
  readonly table: number;
  /** The lower wins among routes to one destination. */
  readonly metric: number;
  /** Who made it (RTPROT_*): see `routeProtocol`. */
  readonly protocol: number;
  readonly type: RouteType;
  readonly scope: RouteScope;
  readonly device?: string;
  readonly via?: IpAddress;
  /** `via` is on the device's link though no address of ours says so. */
  readonly isOnlink?: boolean;
  /** The source address for packets of this Node. */
  readonly source?: IpAddress;
  /** What packets by this route may measure, in bytes; without it, what the device carries. */
  readonly mtu?: number;
  /** Further metrics, as the kernel encodes them; others set them, and a change of ours keeps them. */
  readonly otherMetrics?: Uint8Array;
  /** Devices of a route with several next hops, which we read and never write. */
  readonly multipath?: readonly string[];
}

export type RouteType =
  | "unicast"
  | "local"
  | "broadcast"
  | "anycast"
  | "multicast"
  | "blackhole"
  | "unreachable"
  | "prohibit"
  | "throw";
export type RouteScope = "global" | "site" | "link" | "host" | "nowhere";

/** RTPROT_* numbers, of which `antrea` is ours: `ip route` prints it as "proto 167". */
export const routeProtocol = {
  kernel: 2,
  boot: 3,
  static: 4,
  ra: 9,
  dhcp: 16,
  antrea: 167,
} as const;

/** The destination of a default route. */
export const anywhere: Readonly<Record<IpFamily, Cidr>> = {
  ipv4: cidrOf(ipFromBigInt(0n, "ipv4"), 0),
  ipv6: cidrOf(ipFromBigInt(0n, "ipv6"), 0),
};

export const routeTable = { main: 254, local: 255 } as const;

export interface Neighbour {
  readonly device: string;
  readonly address: IpAddress;
  /** `permanent` is ours to state; the others are what the kernel learns, `managed` on our request. */
  readonly state: NeighbourState;
  readonly mac?: MacAddress;
  /** The kernel keeps it resolved by itself, without traffic (NTF_EXT_MANAGED, Linux 5.16). */
  readonly isManaged?: boolean;
}
export type NeighbourState =
  | "permanent"
  | "noarp"
  | "reachable"
  | "stale"
  | "delay"
  | "probe"
  | "incomplete"
  | "failed"
  | "none";

/** What a Node's kernel holds, or should hold, each kind keyed by what the kernel tells entries apart by. */
export interface HostState {
  /** By name. */
  readonly links: ReadonlyMap<string, Link>;
  /** By device and address with prefix length: see `addressKey`. */
  readonly addresses: ReadonlyMap<string, LinkAddress>;
  /** By table, destination and metric: see `routeKey`. */
  readonly routes: ReadonlyMap<string, Route>;
  /** By device and address: see `neighbourKey`. */
  readonly neighbours: ReadonlyMap<string, Neighbour>;
  /** By path below /proc/sys, such as "net/ipv4/ip_forward". */
  readonly sysctls: ReadonlyMap<string, string>;
  /** By family and name, such as "ip antrea". */
  readonly nftTables: ReadonlyMap<string, NftTable>;
}

export type HostEntries = {
  readonly links?: Iterable<Link>;
  readonly addresses?: Iterable<LinkAddress>;
  readonly routes?: Iterable<Route>;
  readonly neighbours?: Iterable<Neighbour>;
  readonly sysctls?: Readonly<Record<string, string>>;
  readonly nftTables?: Iterable<NftTable>;
};

/** A state of these entries, each under its key; of two with one key the later counts. */
export function hostState(entries: HostEntries): HostState {
  return {
    links: keyed(entries.links, (link) => link.name),
    addresses: keyed(entries.addresses, addressKey),
    routes: keyed(entries.routes, routeKey),
    neighbours: keyed(entries.neighbours, neighbourKey),
    sysctls: new Map(Object.entries(entries.sysctls ?? {})),
    nftTables: keyed(entries.nftTables, nftTableKey),
  };
}

export function addressKey(entry: LinkAddress): string {
  return `${entry.device} ${formatInterfaceAddress(entry)}`;
}

export function routeKey(entry: Route): string {
  return `${entry.table} ${entry.destination} metric ${entry.metric}`;
}

export function neighbourKey(entry: Neighbour): string {
  return `${entry.device} ${entry.address}`;
}

export function nftTableKey({ family, name }: NftTable): string {
  return `${family} ${name}`;
}

/** What a caller says of a route; the rest follows as the kernel would fill it in. */
export interface RouteWish extends Partial<Route> {
  readonly destination: Cidr;
  readonly protocol: number;
}

/** A whole route: in table `main`, with the scope and the metric that the kernel would choose. */
export function route(wish: RouteWish): Route {
  const isIpv6 = cidrFamily(wish.destination) === "ipv6";
  const isDirect = wish.via === undefined && (wish.type ?? "unicast") === "unicast";
  return {
    table: routeTable.main,
    type: "unicast",
    ...(isIpv6 && isRefusal(wish.type) && { device: "lo" }), // where the kernel puts them
    ...wish,
    metric: wish.metric || (isIpv6 ? defaultIpv6Metric : 0),
    scope: isIpv6 ? "global" : (wish.scope ?? (isDirect ? "link" : "global")),
  };
}

function isRefusal(type: RouteType = "unicast"): boolean {
  return type === "blackhole" || type === "unreachable" || type === "prohibit";
}

const defaultIpv6Metric = 1024; // IP6_RT_PRIO_USER

function keyed<V>(entries: Iterable<V> | undefined, key: (entry: V) => string): Map<string, V> {
  return new Map(Array.from(entries ?? [], (entry) => [key(entry), entry]));
}
