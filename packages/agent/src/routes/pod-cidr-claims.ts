import type { NodeView } from "@antrea/api";
import { type Cidr, cidrAddress, cidrOf, cidrsOverlap, prefixLengthOf } from "@antrea/net";

/** A Pod CIDR that another Node had first. */
export interface EarlierClaim {
  readonly cidr: Cidr;
  readonly by: string;
  readonly theirs: Cidr;
}

/**
 * Which Node has which Pod CIDR, where several say that they do: the oldest keeps it, so that nobody
 * takes the Pods of another by claiming them later, and all Nodes come to the same answer.
 */
export interface PodCidrClaims {
  /** Replaces what a Node claims; gives the other Nodes for which that may change something. */
  set(name: string, claim: NodeView | undefined): ReadonlySet<string>;
  /** Why a Node may not have its Pod CIDRs: the oldest claim of another; undefined if it may. */
  earlier(name: string): EarlierClaim | undefined;
}

export function podCidrClaims(): PodCidrClaims {
  const claims = new Map<string, NodeView>();
  const names = new Map<Cidr, Set<string>>();
  /** How many Pod CIDRs have each prefix length. Mostly there is one length, and a look-up is enough. */
  const lengths = new Map<number, number>();

  function add(name: string, cidr: Cidr): void {
    const already = names.get(cidr);
    if (already) return void already.add(name);
    names.set(cidr, new Set([name]));
    const length = prefixLengthOf(cidr);
    lengths.set(length, (lengths.get(length) ?? 0) + 1);
  }

  function drop(name: string, cidr: Cidr): void {
    const left = names.get(cidr);
    left?.delete(name);
    if (left?.size !== 0) return;
    names.delete(cidr);
    const length = prefixLengthOf(cidr);
    lengths.set(length, (lengths.get(length) ?? 1) - 1);
    if (lengths.get(length) === 0) lengths.delete(length);
  }

  function* overlapping(cidr: Cidr): Generator<readonly [string, Cidr]> {
    const own = prefixLengthOf(cidr);
    const hasLonger = [...lengths.keys()].some((length) => length > own);
    const candidates = hasLonger
      ? [...names.keys()].filter((other) => cidrsOverlap(other, cidr))
      : [...lengths.keys()].map((length) => cidrOf(cidrAddress(cidr), length));
    for (const theirs of candidates)
      for (const name of names.get(theirs) ?? []) yield [name, theirs];
  }

  function rivals(name: string): ReadonlySet<string> {
    const found = (claims.get(name)?.podCidrs ?? []).flatMap((cidr) => [...overlapping(cidr)]);
    return new Set(found.map(([other]) => other).filter((other) => other !== name));
  }

  return {
    set(name, claim) {
      const before = rivals(name);
      for (const cidr of claims.get(name)?.podCidrs ?? []) drop(name, cidr);
      if (claim) claims.set(name, claim);
      else claims.delete(name);
      for (const cidr of claim?.podCidrs ?? []) add(name, cidr);
      return new Set([...before, ...rivals(name)]);
    },
    earlier(name) {
      const mine = claims.get(name);
      if (!mine) return undefined;
      let first = mine;
      let found: EarlierClaim | undefined;
      for (const cidr of mine.podCidrs)
        for (const [by, theirs] of overlapping(cidr)) {
          const other = claims.get(by);
          if (!other || !isOlder(other, first)) continue;
          [first, found] = [other, { cidr, by, theirs }];
        }
      return found;
    },
  };
}

/** By the time that the API server noted, to the second; then by name, so that it is decided at all. */
function isOlder(a: NodeView, b: NodeView): boolean {
  const [first, second] = [a.createdAtMs ?? Infinity, b.createdAtMs ?? Infinity];
  return first === second ? a.name < b.name : first < second;
}
