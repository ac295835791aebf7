import {
  addressBits,
  cidrAddress,
  cidrFamily,
  cidrOf,
  cidrSize,
  familyOf,
  ipFromBigInt,
  type IpFamily,
  ipToBigInt,
} from "@antrea/net";
import { prefixesOf } from "@antrea/pipeline";
import type { JoinedRule } from "../join-rule.ts";

/** The peers of one family as elements of a set of nftables. */
export interface PeerElements {
  /** Ranges too, which take no part of one another and do not touch; without, single addresses. */
  readonly isInterval: boolean;
  readonly elements: readonly string[];
}

/**
 * Undefined for nobody. Where members of groups alone are named, one that comes or goes is one element of
 * a set of single addresses, which is cheap to change; blocks with members become the fewest ranges.
 */
export function peerElements(
  { addresses, ipBlocks }: JoinedRule["peer"],
  family: IpFamily,
): PeerElements | "all" | undefined {
  const single = addresses.filter((one) => familyOf(one) === family);
  const blocks = ipBlocks.flatMap(prefixesOf).filter((cidr) => cidrFamily(cidr) === family);
  if (blocks.length === 0)
    return single.length > 0 ? { isInterval: false, elements: single } : undefined;
  const ranges = joined([
    ...single.map(ipToBigInt).map((one): Range => [one, one]),
    ...blocks.map((cidr): Range => {
      const first = ipToBigInt(cidrAddress(cidr));
      return [first, first + cidrSize(cidr) - 1n];
    }),
  ]);
  const elements = ranges.map((range) => rangeText(range, family));
  return elements[0]?.endsWith("/0") ? "all" : { isInterval: true, elements };
}

/** The first and the last. */
type Range = readonly [bigint, bigint];

/** What overlaps or touches is one: nft refuses the one, and prints the other as it likes. */
function joined(ranges: readonly Range[]): readonly Range[] {
  const inOrder = ranges.toSorted(([a], [b]) => (a < b ? -1 : 1));
  const out: [bigint, bigint][] = [];
  for (const [first, last] of inOrder) {
    const before = out.at(-1);
    if (!before || first > before[1] + 1n) out.push([first, last]);
    else if (last > before[1]) before[1] = last;
  }
  return out;
}

/** As nft prints it: a network where it is one. */
function rangeText([first, last]: Range, family: IpFamily): string {
  const from = ipFromBigInt(first, family);
  const size = last - first + 1n;
  const isNetwork = (size & (size - 1n)) === 0n && first % size === 0n;
  if (!isNetwork) return `${from}-${ipFromBigInt(last, family)}`;
  const hostBits = size.toString(2).length - 1;
  return cidrOf(from, addressBits[family] - hostBits);
}
