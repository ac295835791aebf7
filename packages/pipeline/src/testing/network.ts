import { invariant } from "@antrea/base";
import { ofPort, parseCidr, parseInterfaceAddress, parseIp, parseMac } from "@antrea/net";
import type { NodeNetwork, Path, PeerNetwork, PodAttachment, TunnelType } from "../network.ts";

/** Reads a text that the writer of a test knows to be right. */
function sure<T>(value: T | undefined): T {
  invariant(value !== undefined, "the text of a test input is valid");
  return value;
}
export const cidr = (text: string) => sure(parseCidr(text));
export const ip = (text: string) => sure(parseIp(text));
export const mac = (text: string) => sure(parseMac(text));
export const link = (text: string) => sure(parseInterfaceAddress(text));

interface NodeChoice {
  readonly tunnel?: TunnelType | "none";
  readonly uplink?: boolean;
}

/** A Node 172.30.1.11 with Pod CIDR 10.244.1.0/24, its bridge sharing the uplink unless said otherwise. */
export function node({ tunnel = "geneve", uplink = true }: NodeChoice = {}): NodeNetwork {
  const udpPort = tunnel === "geneve" ? 6081 : tunnel === "vxlan" ? 4789 : undefined;
  return {
    podCidrs: [cidr("10.244.1.0/24")],
    gateway: {
      ofPort: ofPort(32769),
      mac: mac("0a:00:00:00:01:01"),
      addresses: [link("10.244.1.1/24")],
    },
    ...(tunnel === "none" ? {} : { tunnel: { type: tunnel, ofPort: ofPort(32768), udpPort } }),
    ...(uplink
      ? {
          uplink: {
            ofPort: ofPort(32770),
            mac: mac("0e:00:00:00:01:0b"),
            addresses: [link("172.30.1.11/24")],
          },
        }
      : {}),
  };
}

export function pod({ key = "shop/cart-0", port = 1, address = "10.244.1.2" } = {}): PodAttachment {
  return { key, ofPort: ofPort(port), mac: mac("0a:00:00:00:00:05"), addresses: [ip(address)] };
}

/** Node node-2 at 172.30.1.12 with Pod CIDR 10.244.2.0/24, a neighbour whose Ethernet address is known. */
export function peer(
  path: Path,
  { nextHopMac = "0e:00:00:00:01:0c", linkMac = "0e:00:00:00:01:0c", routerMac = "" } = {},
): PeerNetwork {
  return {
    identity: {
      name: "node-2",
      podCidrs: [cidr("10.244.2.0/24")],
      transport: [{ address: ip("172.30.1.12"), prefixLength: 24 }],
    },
    path,
    nextHopMac: nextHopMac === "" ? undefined : mac(nextHopMac),
    linkMac: linkMac === "" ? undefined : mac(linkMac),
    routerMac: routerMac === "" ? undefined : mac(routerMac),
  };
}

export const byTunnel: Path = { kind: "tunnel", remote: ip("172.30.1.12"), reason: "test" };
export const onLink: Path = { kind: "direct", onLink: true, reason: "test" };
export const byFabric: Path = { kind: "direct", onLink: false, reason: "test" };
