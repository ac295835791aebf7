import {
  type Cidr,
  cidrContains,
  cidrFamily,
  type IpAddress,
  type IpFamily,
  nthAddress,
  parseCidr,
} from "@antrea/net";
import { invariant } from "@antrea/base";

/** Which IP families a lab speaks, underlay, Pods and Services alike; the first of two is Kubernetes' primary one. */
export const ipFamilies = {
  ipv4: ["ipv4"],
  ipv6: ["ipv6"],
  dual: ["ipv4", "ipv6"],
} as const satisfies Readonly<Record<string, readonly IpFamily[]>>;
export type IpFamilies = keyof typeof ipFamilies;

/** The networks of a cluster in one IP family. */
export interface ClusterNetwork {
  readonly family: IpFamily;
  /** Pod addresses; each Node gets a network of `nodeCidrMaskSize` of it. */
  readonly clusterCidr: Cidr;
  readonly nodeCidrMaskSize: number;
  /** Service addresses. */
  readonly serviceCidr: Cidr;
  readonly kubernetesService: IpAddress;
  readonly dnsService: IpAddress;
}

/** Every address that a lab uses, in this one place. All but the machine link live in namespaces. */
export const addressPlan = {
  cluster: {
    ipv4: clusterNetwork("10.244.0.0/16", 24, "10.96.0.0/12"),
    ipv6: clusterNetwork("fd00:10:244::/56", 64, "fd00:10:96::/112"),
  },
  /** The control plane, on a subnet of its own behind the router. */
  managementSubnet: { ipv4: cidr("172.30.0.0/24"), ipv6: cidr("fd00:172:30::/64") },
  /** A host that is no Node and knows no Pod address: the Internet, for Pods (RFC 5737, TEST-NET-2; RFC 3849). */
  outsideSubnet: { ipv4: cidr("198.51.100.0/24"), ipv6: cidr("2001:db8:51::/64") },
  /** Where in a subnet the router is. */
  routerIndex: 1,
  /** Where in a subnet the first Node (or the only host) is. */
  firstHostIndex: 10,
} as const;

/** The subnet of Nodes with this number, counted from 1. */
export function nodeSubnet(number: number): Readonly<Record<IpFamily, Cidr>> {
  return {
    ipv4: cidr(`172.30.${number}.0/24`),
    ipv6: cidr(`fd00:172:30:${number.toString(16)}::/64`),
  };
}

function clusterNetwork(
  clusterCidr: string,
  nodeCidrMaskSize: number,
  services: string,
): ClusterNetwork {
  const serviceCidr = cidr(services);
  return {
    family: cidrFamily(serviceCidr),
    clusterCidr: cidr(clusterCidr),
    nodeCidrMaskSize,
    serviceCidr,
    kubernetesService: address(serviceCidr, 1),
    dnsService: address(serviceCidr, 10),
  };
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
