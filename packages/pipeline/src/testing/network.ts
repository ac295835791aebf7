import { formOfTunnel, type NetworkSettings } from "@antrea/api";
import { invariant } from "@antrea/base";
import {
  type IpFamily,
  ofPort,
  parseCidr,
  parseInterfaceAddress,
  parseIp,
  parseMac,
} from "@antrea/net";
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

/** Shared settings with the defaults of the configuration. */
export function sharedSettings(
  trafficEncapMode: NetworkSettings["trafficEncapMode"],
  tunnelType: NetworkSettings["tunnelType"] = "geneve",
): NetworkSettings {
  return {
    ...{ trafficEncapMode, tunnelType, tunnelPort: 0 },
    ...{ tunnelCsum: false, noSNAT: false, defaultMTU: 0, perPeerMTU: false },
  };
}

/** Which IP families Pods have, and which the transport network. */
interface FamilyChoice {
  readonly pods?: readonly IpFamily[];
  readonly transport?: readonly IpFamily[];
}

interface NodeChoice extends FamilyChoice {
  readonly tunnel?: TunnelType | "none";
  readonly uplink?: boolean;
  readonly answersNd?: boolean;
}

/**
 * A Node 172.30.1.11, fd00:172:30:1::b, with Pod CIDR 10.244.1.0/24, fd00:10:244:1::/64, its bridge
 * sharing the uplink; IPv4 only unless said otherwise.
 */
export function node({
  tunnel = "geneve",
  uplink = true,
  pods = ["ipv4"],
  transport = ["ipv4"],
  answersNd = true,
}: NodeChoice = {}): NodeNetwork {
  const udpPort = tunnel === "geneve" ? 6081 : tunnel === "vxlan" ? 4789 : undefined;
  return {
    answersNd,
    podCidrs: pods.map((family) => cidr(podCidr(family, 1))),
    gateway: {
      ofPort: ofPort(32769),
      mac: mac("0a:00:00:00:01:01"),
      addresses: pods.map((family) =>
        link(family === "ipv4" ? "10.244.1.1/24" : "fd00:10:244:1::1/64"),
      ),
    },
    tunnels:
      tunnel === "none"
        ? []
        : [
            {
              form: formOfTunnel({ tunnelType: tunnel, tunnelPort: 0 }),
              ...{ type: tunnel, ofPort: ofPort(32768), udpPort },
            },
          ],
    ...(uplink
      ? {
          uplink: {
            device: "eth0",
            ofPort: ofPort(32770),
            mac: mac("0e:00:00:00:01:0b"),
            addresses: transport.map((family) =>
              link(family === "ipv4" ? "172.30.1.11/24" : "fd00:172:30:1::b/64"),
            ),
          },
        }
      : {}),
  };
}

function podCidr(family: IpFamily, node: number): string {
  return family === "ipv4" ? `10.244.${node}.0/24` : `fd00:10:244:${node}::/64`;
}

export function pod({
  key = "shop/cart-0",
  port = 1,
  addresses = ["10.244.1.2"],
} = {}): PodAttachment {
  return {
    key,
    ofPort: ofPort(port),
    mac: mac("0a:00:00:00:00:05"),
    addresses: addresses.map(ip),
  };
}

/** Node node-2 at 172.30.1.12 with Pod CIDR 10.244.2.0/24, a neighbour whose Ethernet address is known. */
export function peer(
  path: Path,
  {
    nextHopMac = "0e:00:00:00:01:0c",
    linkMac = "0e:00:00:00:01:0c",
    routerMac = "",
    pods = ["ipv4"],
    transport = ["ipv4"],
  }: FamilyChoice & { nextHopMac?: string; linkMac?: string; routerMac?: string } = {},
): PeerNetwork {
  return {
    identity: {
      name: "node-2",
      podCidrs: pods.map((family) => cidr(podCidr(family, 2))),
      transport: transport.map((family) =>
        link(family === "ipv4" ? "172.30.1.12/24" : "fd00:172:30:1::c/64"),
      ),
    },
    path,
    ...(nextHopMac !== "" && {
      nextHopMacs: Object.fromEntries(pods.map((family) => [family, mac(nextHopMac)])),
    }),
    linkMac: linkMac === "" ? undefined : mac(linkMac),
    routerMac: routerMac === "" ? undefined : mac(routerMac),
  };
}

export const byTunnel: Path = { kind: "tunnel", remote: ip("172.30.1.12"), reason: "test" };
export const byTunnelOverIpv6: Path = {
  kind: "tunnel",
  remote: ip("fd00:172:30:1::c"),
  reason: "test",
};
export const onLink: Path = { kind: "direct", onLink: true, reason: "test" };
export const byFabric: Path = { kind: "direct", onLink: false, reason: "test" };
