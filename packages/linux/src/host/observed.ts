import type { NftShape } from "../nft/shape.ts";
import type { ObservedHost } from "./diff.ts";
import type { ObservedLink } from "./links.ts";
import {
  addressKey,
  type LinkAddress,
  type Neighbour,
  neighbourKey,
  type Route,
  routeKey,
} from "./state.ts";

export interface ObservedEntries {
  readonly links?: readonly ObservedLink[];
  readonly addresses?: readonly LinkAddress[];
  readonly routes?: readonly Route[];
  readonly neighbours?: readonly Neighbour[];
  readonly sysctls?: ReadonlyMap<string, string>;
  readonly nftTables?: ReadonlyMap<string, NftShape>;
}

export function observedHost(entries: ObservedEntries): ObservedHost {
  return {
    links: new Map((entries.links ?? []).map((link) => [link.name, link])),
    addresses: new Map((entries.addresses ?? []).map((entry) => [addressKey(entry), entry])),
    routes: keyedRoutes(entries.routes ?? []),
    neighbours: new Map((entries.neighbours ?? []).map((entry) => [neighbourKey(entry), entry])),
    sysctls: entries.sysctls ?? new Map(),
    nftTables: entries.nftTables ?? new Map(),
  };
}

/**
 * The kernel may hold several routes to one destination at one metric (each device's fe80::/64, or
 * what `ip route append` made). The first has the plain key; the others' keys add their way.
 */
function keyedRoutes(routes: readonly Route[]): ReadonlyMap<string, Route> {
  const keyed = new Map<string, Route>();
  for (const route of routes) {
    const key = routeKey(route);
    const way = [route.device ?? "", route.via ?? "", route.type].join(" ");
    keyed.set(keyed.has(key) ? `${key} ${way}` : key, route);
  }
  return keyed;
}
