import {
  type Cidr,
  cidrAddress,
  cidrFamily,
  cidrSize,
  type IpAddress,
  ipFromBigInt,
  ipToBigInt,
} from "@antrea/net";

/**
 * Hands out the addresses of this Node's Pod CIDRs. It keeps no list of its own: which addresses
 * are taken is what the ports on the bridge say, so nothing can leak and nothing can be given twice.
 */
export interface Ipam {
  /** One address of each Pod CIDR, or the CIDR that has none left. */
  allocate(isTaken: (address: IpAddress) => boolean): Allocation;
  /** The Pod CIDR that has no address left, if one is; gives nothing out. */
  findExhausted(isTaken: (address: IpAddress) => boolean): Cidr | undefined;
}

export type Allocation =
  | { readonly kind: "allocated"; readonly addresses: readonly IpAddress[] }
  | { readonly kind: "exhausted"; readonly cidr: Cidr };

interface Candidate {
  readonly address: IpAddress;
  /** Place in the CIDR, counted from its first address that may be given. */
  readonly offset: bigint;
}

/** The gateway of a Pod CIDR: its first usable address. */
export function gatewayAddress(cidr: Cidr): IpAddress {
  return ipFromBigInt(ipToBigInt(cidrAddress(cidr)) + 1n, cidrFamily(cidr));
}

/** How far into a network the first address is at the most: those of IPv6 stay easy to read. */
const farthestStart = 1n << 16n;

/**
 * Goes round the CIDR, so that an address rests as long as possible before it is used again:
 * connections of the Pod before it die out meanwhile, and all Nodes hear that its policies' peers have
 * it no more. So it begins anywhere: an agent before this one may have taken an address back just now.
 */
export function ipam(cidrs: readonly Cidr[], randomBytes: (size: number) => Uint8Array): Ipam {
  /** The place from which on each CIDR is looked through. */
  const starts = new Map(cidrs.map((cidr) => [cidr, randomPlace(cidr, randomBytes)]));

  const next = (cidr: Cidr, isTaken: (address: IpAddress) => boolean): Candidate | undefined => {
    const { first, count } = usable(cidr);
    const start = starts.get(cidr) ?? 0n;
    for (let step = 0n; step < count; step++) {
      const offset = (start + step) % count;
      const address = ipFromBigInt(first + offset, cidrFamily(cidr));
      if (isTaken(address)) continue;
      return { address, offset };
    }
    return undefined;
  };

  return {
    allocate(isTaken) {
      const addresses: IpAddress[] = [];
      for (const cidr of cidrs) {
        const found = next(cidr, isTaken);
        if (!found) return { kind: "exhausted", cidr };
        starts.set(cidr, found.offset + 1n);
        addresses.push(found.address);
      }
      return { kind: "allocated", addresses };
    },
    findExhausted: (isTaken) => cidrs.find((cidr) => next(cidr, isTaken) === undefined),
  };
}

function randomPlace(cidr: Cidr, randomBytes: (size: number) => Uint8Array): bigint {
  const { count } = usable(cidr);
  const places = count < farthestStart ? count : farthestStart;
  const number = BigInt(Buffer.from(randomBytes(4)).readUInt32BE());
  return places > 0n ? number % places : 0n;
}

/** All but the network's address, the gateway and, for IPv4, the broadcast address. */
function usable(cidr: Cidr): { readonly first: bigint; readonly count: bigint } {
  const reserved = cidrFamily(cidr) === "ipv4" ? 3n : 2n;
  const count = cidrSize(cidr) - reserved;
  return { first: ipToBigInt(cidrAddress(cidr)) + 2n, count: count > 0n ? count : 0n };
}
