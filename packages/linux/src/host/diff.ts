import { diffKeyed, isEmptyChange, type KeyedChange } from "@antrea/base";
import { familyOf, isLinkLocal } from "@antrea/net";
import { diffNft, type NftChange } from "../nft/change.ts";
import type { NftShape } from "../nft/shape.ts";
import type { ObservedLink } from "./links.ts";
import type { HostState, Link, LinkAddress, Neighbour, Route } from "./state.ts";

/** What a Node's kernel holds. */
export interface ObservedHost extends Omit<HostState, "links" | "nftTables"> {
  readonly links: ReadonlyMap<string, ObservedLink>;
  readonly nftTables: ReadonlyMap<string, NftShape>;
}

/**
 * Which of the entries that are there but not wanted are ours to remove. What is not said is not ours,
 * and neither is an IPv6 link-local address, which the kernel makes by itself.
 */
export interface Ownership {
  readonly links?: (link: Link) => boolean;
  readonly addresses?: (address: LinkAddress) => boolean;
  readonly routes?: (route: Route) => boolean;
  readonly neighbours?: (neighbour: Neighbour) => boolean;
  /** Keys of tables, such as "ip antrea". */
  readonly nftTables?: readonly string[];
}

export interface HostChange {
  readonly links: KeyedChange<string, Link>;
  readonly addresses: KeyedChange<string, LinkAddress>;
  readonly routes: KeyedChange<string, Route>;
  readonly neighbours: KeyedChange<string, Neighbour>;
  readonly sysctls: KeyedChange<string, string>;
  readonly nftTables: NftChange;
}

/** What has to change so that all that is desired is there and nothing else of ours. */
export function diffHost(observed: ObservedHost, desired: HostState, owns: Ownership): HostChange {
  const ours = {
    links: relevant<Link>(observed.links, desired.links, owns.links),
    addresses: relevant(observed.addresses, desired.addresses, ownAddress(owns)),
    routes: relevant(observed.routes, desired.routes, owns.routes),
    neighbours: relevant(observed.neighbours, desired.neighbours, owns.neighbours),
    sysctls: relevant(observed.sysctls, desired.sysctls),
    nftTables: relevant(observed.nftTables, desired.nftTables, ({ family, name }) =>
      (owns.nftTables ?? []).includes(`${family} ${name}`),
    ),
  };
  return {
    links: diffKeyed(ours.links, desired.links, sameLink),
    addresses: diffKeyed(ours.addresses, desired.addresses, sameAddress),
    routes: diffKeyed(ours.routes, desired.routes, sameRoute),
    neighbours: diffKeyed(ours.neighbours, desired.neighbours, sameNeighbour),
    sysctls: diffKeyed(ours.sysctls, desired.sysctls, (a, b) => a === b),
    nftTables: diffNft(ours.nftTables, desired.nftTables),
  };
}

export function isEmptyHostChange({ nftTables, ...change }: HostChange): boolean {
  const isNftEmpty = nftTables.add.length + nftTables.modify.length + nftTables.remove.length === 0;
  return isNftEmpty && Object.values(change).every(isEmptyChange);
}

function ownAddress({ addresses }: Ownership): (entry: LinkAddress) => boolean {
  return (entry) => {
    const isKernelMade = familyOf(entry.address) === "ipv6" && isLinkLocal(entry.address);
    return !isKernelMade && (addresses?.(entry) ?? false);
  };
}

/** The observed entries that are wanted or ours: all that a diff may speak of. */
function relevant<V>(
  observed: ReadonlyMap<string, V>,
  desired: ReadonlyMap<string, unknown>,
  owns: (entry: V) => boolean = () => false,
): ReadonlyMap<string, V> {
  return new Map([...observed].filter(([key, entry]) => desired.has(key) || owns(entry)));
}

/** Whether the link has all that is wished of it; what the wish leaves open is right as it is. */
function sameLink(observed: Link, wish: Link): boolean {
  return (["mac", "mtu", "isUp", "master"] as const).every(
    (field) => wish[field] === undefined || wish[field] === observed[field],
  );
}

function sameAddress(a: LinkAddress, b: LinkAddress): boolean {
  return (a.withoutPrefixRoute ?? false) === (b.withoutPrefixRoute ?? false);
}

const routeFields = ["protocol", "type", "scope", "device", "via", "source", "mtu"] as const;

function sameRoute(a: Route, b: Route): boolean {
  const isSameWay = routeFields.every((field) => a[field] === b[field]);
  return isSameWay && (a.isOnlink ?? false) === (b.isOnlink ?? false) && !a.multipath;
}

function sameNeighbour(a: Neighbour, b: Neighbour): boolean {
  if (b.isManaged) return a.isManaged ?? false;
  return a.state === b.state && a.mac === b.mac;
}
