import { type Cidr, cidrFamily, type IpFamily } from "@antrea/net";
import type { Path, TrafficMode, TunnelType } from "./network.ts";

/** Bytes that a tunnel adds to an inner Ethernet frame over IPv4, as Antrea deducts them. */
const tunnelOverhead: Readonly<Record<TunnelType, number>> = { geneve: 50, vxlan: 50, gre: 42 };
const ipv6Extra = 20;

export interface MtuInput {
  readonly mode: TrafficMode;
  readonly tunnelType: TunnelType;
  readonly transportFamily: IpFamily;
  /** The MTU of the transport interface, in bytes. */
  readonly transportMtu: number;
  /** `defaultMTU` of the configuration; 0 means "work it out". */
  readonly configuredMtu: number;
}

/**
 * The MTU of Pods and of the gateway, in bytes. Modes that may tunnel leave room for the tunnel's
 * headers, hybrid also for peers that it reaches directly, since a Pod has one MTU.
 */
export function podMtu({
  mode,
  tunnelType,
  transportFamily,
  transportMtu,
  configuredMtu,
}: MtuInput): number {
  if (configuredMtu > 0) return configuredMtu;
  return mode === "noEncap"
    ? transportMtu
    : transportMtu - tunnelHeaderBytes(tunnelType, transportFamily);
}

/** How large packets to Pods may be by one set of settings, in bytes. */
export interface PathMtu {
  /** On one Node, and to peers that are reached without a tunnel. */
  readonly direct: number;
  /** To all others, and to the world outside. */
  readonly far: number;
}

/** With `perPeer` tunnels take nothing from the packets that need none. */
export function pathMtu({ perPeer, ...input }: MtuInput & { readonly perPeer: boolean }): PathMtu {
  const far = podMtu(input);
  return { far, direct: perPeer && input.configuredMtu === 0 ? input.transportMtu : far };
}

/** How large packets may be at one moment, in bytes. */
export interface PodMtu extends PathMtu {
  /** What the links of Pods and the gateway carry; at least `direct`, which is at least `far`. */
  readonly link: number;
}

/** How large packets to the Pods of a peer may be that is reached by this path. */
export function mtuTo({ kind }: Pick<Path, "kind">, { direct, far }: PathMtu): number {
  return kind === "direct" ? direct : far;
}

/**
 * The MTU of a Node that takes traffic by any of these settings: one, or those that are left and those that
 * are entered. A link takes the larger packets from before the first is sent until after the last has come,
 * and while Nodes differ all send the smaller ones.
 */
export function podMtuOf(accepted: readonly PathMtu[]): PodMtu {
  const directs = accepted.map(({ direct }) => direct);
  return {
    link: Math.max(...directs),
    direct: Math.min(...directs),
    far: Math.min(...accepted.map(({ far }) => far)),
  };
}

/** What a tunnelled packet is longer on the wire than inside the Pod. */
export function tunnelHeaderBytes(tunnelType: TunnelType, transportFamily: IpFamily): number {
  return tunnelOverhead[tunnelType] + (transportFamily === "ipv6" ? ipv6Extra : 0);
}

/** Bytes that every link of IPv6 carries (RFC 8200 section 5). */
export const minimumIpv6Mtu = 1280;

/** Why Pods of these networks cannot have this MTU, in a sentence: Linux turns IPv6 off on a link that is too narrow for it. */
export function podMtuProblem(mtu: number, podCidrs: readonly Cidr[]): string | undefined {
  const ipv6 = podCidrs.find((cidr) => cidrFamily(cidr) === "ipv6");
  if (ipv6 === undefined || mtu >= minimumIpv6Mtu) return undefined;
  return `Pods of ${ipv6} would have an MTU of ${mtu} bytes, and IPv6 wants ${minimumIpv6Mtu} or more (RFC 8200 section 5): raise defaultMTU, or the MTU of the transport interface`;
}
