import { type Brand, invariant } from "@antrea/base";
import {
  addressBits,
  familyOf,
  type IpAddress,
  type IpFamily,
  ipFromBigInt,
  ipToBigInt,
  parseIp,
} from "./ip.ts";

/** A network: its first address, a slash, and the prefix length. Host bits are zero. */
export type Cidr = Brand<string, "Cidr">;

/** Strict: "10.0.0.1/24" has host bits and is refused. */
export function parseCidr(text: string): Cidr | undefined {
  const parsed = parseInterfaceAddress(text);
  if (!parsed) return undefined;
  const cidr = cidrOf(parsed.address, parsed.prefixLength);
  return cidrAddress(cidr) === parsed.address ? cidr : undefined;
}

/** An address with the prefix length of its link, as in "10.0.0.1/24". */
export interface InterfaceAddress {
  readonly address: IpAddress;
  readonly prefixLength: number;
}

export function parseInterfaceAddress(text: string): InterfaceAddress | undefined {
  const [addressText = "", prefixText = "", ...rest] = text.split("/");
  const address = parseIp(addressText);
  if (!address || rest.length > 0 || !/^(?:0|[1-9]\d{0,2})$/.test(prefixText)) return undefined;
  const prefixLength = Number(prefixText);
  return prefixLength <= addressBits[familyOf(address)] ? { address, prefixLength } : undefined;
}

export function formatInterfaceAddress({ address, prefixLength }: InterfaceAddress): string {
  return `${address}/${prefixLength}`;
}

/** The network of `prefixLength` bits that `address` is in. */
export function cidrOf(address: IpAddress, prefixLength: number): Cidr {
  const family = familyOf(address);
  const hostBits = BigInt(addressBits[family] - prefixLength);
  const network = (ipToBigInt(address) >> hostBits) << hostBits;
  return `${ipFromBigInt(network, family)}/${prefixLength}` as Cidr;
}

/** The network of one address: /32 or /128. */
export function hostCidr(address: IpAddress): Cidr {
  return cidrOf(address, addressBits[familyOf(address)]);
}

/** The first address of the network. */
export function cidrAddress(cidr: Cidr): IpAddress {
  return cidr.slice(0, cidr.indexOf("/")) as IpAddress;
}

export function prefixLengthOf(cidr: Cidr): number {
  return Number(cidr.slice(cidr.indexOf("/") + 1));
}

export function cidrFamily(cidr: Cidr): IpFamily {
  return familyOf(cidrAddress(cidr));
}

/** How many addresses the network has. */
export function cidrSize(cidr: Cidr): bigint {
  return 1n << BigInt(addressBits[cidrFamily(cidr)] - prefixLengthOf(cidr));
}

/** The address `index` places after the first; throws if that is outside. */
export function nthAddress(cidr: Cidr, index: bigint): IpAddress {
  invariant(index >= 0n && index < cidrSize(cidr), `${index} is an address of ${cidr}`);
  return ipFromBigInt(ipToBigInt(cidrAddress(cidr)) + index, cidrFamily(cidr));
}

export function cidrContains(cidr: Cidr, address: IpAddress): boolean {
  return familyOf(address) === cidrFamily(cidr) && cidrOf(address, prefixLengthOf(cidr)) === cidr;
}

export function cidrsOverlap(a: Cidr, b: Cidr): boolean {
  return cidrContains(a, cidrAddress(b)) || cidrContains(b, cidrAddress(a));
}

/** The same addresses without a network twice or inside another; shorter prefixes first. */
export function outermostCidrs(cidrs: readonly Cidr[]): readonly Cidr[] {
  const kept = new Set<Cidr>();
  const lengths = new Set<number>();
  for (const cidr of cidrs.toSorted((a, b) => prefixLengthOf(a) - prefixLengthOf(b))) {
    if ([...lengths].some((length) => kept.has(cidrOf(cidrAddress(cidr), length)))) continue;
    kept.add(cidr);
    lengths.add(prefixLengthOf(cidr));
  }
  return [...kept];
}

/** The mask as an address: "255.255.255.0" for a /24. */
export function maskOf(cidr: Cidr): IpAddress {
  const family = cidrFamily(cidr);
  const bits = BigInt(addressBits[family]);
  const hostBits = bits - BigInt(prefixLengthOf(cidr));
  return ipFromBigInt(((1n << bits) - 1n) ^ ((1n << hostBits) - 1n), family);
}
