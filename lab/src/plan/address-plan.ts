import { type Cidr, cidrContains, type IpAddress, nthAddress, parseCidr } from "@antrea/net";
import { invariant } from "@antrea/base";

/** Every address that a lab uses, in this one place. All but the machine link live in namespaces. */
export const addressPlan = {
  /** Pod addresses; each Node gets a /24 of it. */
  clusterCidr: cidr("10.244.0.0/16"),
  nodeCidrMaskSize: 24,
  /** Service addresses. */
  serviceCidr: cidr("10.96.0.0/12"),
  kubernetesService: address(cidr("10.96.0.0/12"), 1),
  dnsService: address(cidr("10.96.0.0/12"), 10),
  /** The control plane, on a subnet of its own behind the router. */
  managementSubnet: cidr("172.30.0.0/24"),
  /** A host that is no Node and knows no Pod address: the Internet, for Pods (RFC 5737, TEST-NET-2). */
  outsideSubnet: cidr("198.51.100.0/24"),
  /** Where in a subnet the router is. */
  routerIndex: 1,
  /** Where in a subnet the first Node (or the only host) is. */
  firstHostIndex: 10,
} as const;

/** The subnet of Nodes with this number, counted from 1. */
export function nodeSubnet(number: number): Cidr {
  return cidr(`172.30.${number}.0/24`);
}

/** The address at a place of a subnet. */
export function address(subnet: Cidr, index: number): IpAddress {
  return nthAddress(subnet, BigInt(index));
}

/**
 * The /30 of a lab's link to the machine: link-local (RFC 3927), chosen by a number made from the
 * lab's name, stepping past what the machine already uses. Far from 169.254.169.254, where clouds
 * keep their metadata.
 */
export function machineSubnet(seed: number, used: readonly IpAddress[]): Cidr {
  const count = 32 * 64;
  for (let step = 0; step < count; step++) {
    const index = ((seed % count) + step) % count;
    const subnet = cidr(`169.254.${64 + Math.floor(index / 64)}.${(index % 64) * 4}/30`);
    if (!used.some((taken) => cidrContains(subnet, taken))) return subnet;
  }
  throw new Error(
    "All of 169.254.64.0/19 is in use on this machine; remove a lab that is not needed",
  );
}

function cidr(text: string): Cidr {
  const parsed = parseCidr(text);
  invariant(parsed, `${text} is a CIDR`);
  return parsed;
}
