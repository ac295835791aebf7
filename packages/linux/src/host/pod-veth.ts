import {
  type Cidr,
  cidrContains,
  cidrFamily,
  cidrOf,
  familyOf,
  type InterfaceAddress,
  type IpAddress,
  type MacAddress,
} from "@antrea/net";
import type { Offloads } from "./offload.ts";
import type { SynchronousStep } from "./plan.ts";
import { anywhere, type Route, route, routeProtocol } from "./state.ts";

/** A Pod's way out of its namespace. */
export interface PodVethSpec {
  /** The end on the Node, at most 15 characters. */
  readonly hostName: string;
  /** A file of the Pod's network namespace. */
  readonly netnsPath: string;
  /** The end in the Pod, as CNI names it: "eth0". */
  readonly ifname: string;
  readonly mac: MacAddress;
  /** What its link carries, in bytes. */
  readonly mtu: number;
  /** What it sends; without it, whatever its link carries. */
  readonly sends?: PodSends | undefined;
  readonly addresses: readonly InterfaceAddress[];
  /** One a family: the default route leads through it. */
  readonly gateways: readonly PodGateway[];
  /** Offloads of the Pod's end; `{ tx: false }` under the userspace datapath, whose TCP dies otherwise. */
  readonly offloads?: Offloads;
  /** Offloads of the Node's end. Its `tx` must be off for the Pod's `gro` to do anything: see veth_xmit() of the kernel. */
  readonly hostOffloads?: Offloads;
  /**
   * Hides the host end from the kernel's stack: see `isolateFromStack`. For the userspace datapath,
   * never for the kernel's.
   */
  readonly isIsolated?: boolean;
}

/** How large packets a Pod sends, in bytes. */
export interface PodSends {
  /** By its default routes. */
  readonly far: number;
  /** To its own networks and the near ones; at least `far`. */
  readonly near: number;
  /** Networks with routes of their own, by the gateway, where `near` is more than `far`; undefined leaves those that are there. */
  readonly nearNetworks: readonly Cidr[] | undefined;
}

export interface PodGateway {
  readonly address: IpAddress;
  /** Makes the gateway a permanent neighbour, so that the Pod never asks for it. */
  readonly mac?: MacAddress;
}

/**
 * The link group ("antr") of the Node's ends. A link is born with it, so one whose maker died at once
 * is still known as ours.
 */
export const podLinkGroup = 0x616e7472;

/**
 * The link group ("antd") of Node's ends that are being deleted. The kernel waits for every processor
 * when a link ends, some 30 ms, and as long for a whole group as for one of it.
 */
export const endingLinkGroup = 0x616e7464;

/** What a made pair is called. */
export interface PodVeth {
  readonly hostName: string;
  readonly hostIndex: number;
  readonly hostMac: MacAddress | undefined;
  readonly podIndex: number;
}

/** What the kernel's stack may do with frames on the host end: nothing, as far as sysctls can say so. */
export function hostEndSysctls(hostName: string): Readonly<Record<string, string>> {
  return {
    [`net/ipv6/conf/${hostName}/disable_ipv6`]: "1",
    [`net/ipv4/conf/${hostName}/arp_ignore`]: "1", // answer only for addresses of this device: none
    [`net/ipv4/conf/${hostName}/rp_filter`]: "1", // no route leads there, so no source is right
    [`net/ipv4/conf/${hostName}/forwarding`]: "0",
  };
}

/** What to do inside the Pod's namespace once its end is there. */
export function planPodEnd(spec: PodVethSpec): readonly SynchronousStep[] {
  const { ifname: device, addresses, gateways } = spec;
  const hasIpv6 = addresses.some(({ address }) => familyOf(address) === "ipv6");
  return [
    ...(hasIpv6 ? ipv6Sysctls(device) : []),
    { kind: "set-link", link: { name: "lo", isUp: true } },
    { kind: "set-link", link: { name: device, isUp: true } },
    ...addresses.map((a) => ({ kind: "add-address", address: { device, ...a } }) as const),
    ...gateways.flatMap(({ address, mac }) =>
      mac === undefined
        ? []
        : [
            {
              kind: "set-neighbour",
              neighbour: { device, address, state: "permanent", mac },
            } as const,
          ],
    ),
    ...podRoutes(spec).map((one) => ({ kind: "set-route", route: one }) as const),
  ];
}

/** A runtime may have turned IPv6 off; and its routes the Pod has from us, whatever a router says. */
function ipv6Sysctls(device: string): readonly SynchronousStep[] {
  const wanted = { disable_ipv6: "0", accept_ra: "0" };
  return Object.entries(wanted).map(([name, value]) => ({
    kind: "set-sysctl",
    path: `net/ipv6/conf/${device}/${name}`,
    value,
  }));
}

/** The routes that a Pod needs besides those that the kernel makes with its addresses, if those are right as they are. */
function podRoutes(spec: PodVethSpec): readonly Route[] {
  const { ifname, mtu, sends, addresses, gateways } = spec;
  const connected = addresses.flatMap((a) => connectedRoute(ifname, a) ?? []);
  return [
    ...(sends === undefined || sends.near === mtu
      ? []
      : connected.map((one) => withMtu(one, sends.near, mtu))),
    ...gateways.map(({ address }) => withMtu(defaultRoute(spec, address), sends?.far ?? mtu, mtu)),
    ...nearRoutes(spec),
  ];
}

/** Says the MTU of a route where it is not that of the link. */
export function withMtu(route: Route, mtu: number, linkMtu: number): Route {
  const { mtu: _, ...way } = route;
  return mtu === linkMtu ? way : { ...way, mtu };
}

/** By the gateway, like the default route, but with larger packets. */
export function nearRoutes(
  spec: Pick<PodVethSpec, "ifname" | "mtu" | "sends" | "addresses" | "gateways">,
): readonly Route[] {
  const { mtu, sends, gateways } = spec;
  if (!sends?.nearNetworks || sends.near === sends.far) return [];
  return sends.nearNetworks.flatMap((destination) => {
    const via = gateways.find(({ address }) => familyOf(address) === cidrFamily(destination));
    if (!via) return [];
    const { metric: _, ...way } = defaultRoute(spec, via.address);
    return [
      withMtu(route({ ...way, destination, protocol: routeProtocol.antrea }), sends.near, mtu),
    ];
  });
}

/** The route to an address' network, as the kernel makes it; undefined where the address is all of it. */
export function connectedRoute(
  device: string,
  { address, prefixLength }: InterfaceAddress,
): Route | undefined {
  const isIpv4 = familyOf(address) === "ipv4";
  if (prefixLength === (isIpv4 ? 32 : 128)) return undefined;
  return route({
    destination: cidrOf(address, prefixLength),
    protocol: routeProtocol.kernel,
    device,
    ...(isIpv4 ? { source: address } : { metric: prefixRouteMetric }),
  });
}

const prefixRouteMetric = 256; // IP6_RT_PRIO_ADDRCONF

function defaultRoute(
  { ifname, addresses }: Pick<PodVethSpec, "ifname" | "addresses">,
  via: IpAddress,
): Route {
  const isNear = addresses.some((a) => cidrContains(cidrOf(a.address, a.prefixLength), via));
  return route({
    destination: anywhere[familyOf(via)],
    protocol: routeProtocol.boot, // as `ip route add` leaves it
    device: ifname,
    via,
    ...(!isNear && { isOnlink: true }),
  });
}
