import {
  addressBits,
  type Cidr,
  cidrAddress,
  cidrFamily,
  cidrOf,
  ipFromBigInt,
  ipToBigInt,
  prefixLengthOf,
} from "@antrea/net";
import type { IpBlock } from "@antrea/policy";

/**
 * The networks that an IP block stands for: its own without its exceptions, as prefixes. An exception
 * adds at most as many as it is longer than the block, and one of another family takes nothing away.
 */
export function prefixesOf({ cidr, except }: IpBlock): readonly Cidr[] {
  const within = except.filter((one) => cidrFamily(one) === cidrFamily(cidr));
  return without(cidr, within);
}

function without(cidr: Cidr, except: readonly Cidr[]): readonly Cidr[] {
  const inside = except.filter((one) => covers(cidr, one));
  if (except.some((one) => covers(one, cidr))) return [];
  if (inside.length === 0) return [cidr];
  return halvesOf(cidr).flatMap((half) => without(half, inside));
}

function covers(outer: Cidr, inner: Cidr): boolean {
  const length = prefixLengthOf(outer);
  if (length > prefixLengthOf(inner)) return false;
  return cidrOf(cidrAddress(inner), length) === outer;
}

function halvesOf(cidr: Cidr): readonly [Cidr, Cidr] {
  const family = cidrFamily(cidr);
  const length = prefixLengthOf(cidr) + 1;
  const first = ipToBigInt(cidrAddress(cidr));
  const second = first | (1n << BigInt(addressBits[family] - length));
  return [
    cidrOf(ipFromBigInt(first, family), length),
    cidrOf(ipFromBigInt(second, family), length),
  ];
}
