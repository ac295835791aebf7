import { appendResult, type CniResult, type NetworkConfig } from "@antrea/api/cni";
import { invariant } from "@antrea/base";
import {
  type Cidr,
  cidrContains,
  familyOf,
  type InterfaceAddress,
  type IpAddress,
  parseInterfaceAddress,
  prefixLengthOf,
} from "@antrea/net";
import type { PodInterface } from "./interface-store.ts";
import { gatewayAddress } from "./ipam.ts";

/** What a result is made of besides the Pod itself. */
export interface ResultFacts {
  readonly podCidrs: readonly Cidr[];
  readonly mtu: number;
}

/** The result of an ADD: ours after what came before it in the chain. */
export function resultOf(
  pod: PodInterface,
  { podCidrs, mtu }: ResultFacts,
  { prevResult, dns }: Pick<NetworkConfig, "prevResult" | "dns">,
): CniResult {
  const own: CniResult = {
    interfaces: [
      { name: pod.hostName },
      { name: pod.ifname, mac: pod.mac, sandbox: pod.netns, mtu },
    ],
    ips: withPrefixes(pod.addresses, podCidrs).map((address) => {
      const cidr = podCidrs.find((c) => cidrContains(c, address.address));
      return { address, interface: 1, ...(cidr ? { gateway: gatewayAddress(cidr) } : {}) };
    }),
    routes: podCidrs.map((cidr) => {
      const gw = gatewayAddress(cidr);
      return { dst: anywhere(gw), gw };
    }),
    ...(dns && { dns }),
  };
  return prevResult ? appendResult(prevResult, own) : own;
}

/** Addresses as the Pod's link has them: with the prefix of their Pod CIDR. */
export function withPrefixes(
  addresses: readonly IpAddress[],
  cidrs: readonly Cidr[],
): readonly InterfaceAddress[] {
  return addresses.map((address) => {
    const cidr = cidrs.find((c) => cidrContains(c, address));
    return {
      address,
      prefixLength: cidr ? prefixLengthOf(cidr) : familyOf(address) === "ipv4" ? 32 : 128,
    };
  });
}

function anywhere(gateway: IpAddress): InterfaceAddress {
  const all = parseInterfaceAddress(familyOf(gateway) === "ipv4" ? "0.0.0.0/0" : "::/0");
  invariant(all, "a default route has a destination");
  return all;
}
