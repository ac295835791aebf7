import {
  cidrAddress,
  cidrFamily,
  cidrOf,
  familyOf,
  type IpAddress,
  type IpFamily,
  prefixLengthOf,
} from "@antrea/net";
import { nextHopDevices, onlinkFlag, type RouteBody, type RouteMetrics } from "../netlink/route.ts";
import { addressFamily } from "../netlink/rtnetlink.ts";
import type { DeviceNames } from "./device-names.ts";
import { anywhere, type Route, type RouteScope, type RouteType } from "./state.ts";

const typeNumbers: Readonly<Record<RouteType, number>> = {
  unicast: 1,
  local: 2,
  broadcast: 3,
  anycast: 4,
  multicast: 5,
  blackhole: 6,
  unreachable: 7,
  prohibit: 8,
  throw: 9,
};
const scopeNumbers: Readonly<Record<RouteScope, number>> = {
  global: 0,
  site: 200,
  link: 253,
  host: 254,
  nowhere: 255,
};
const typeNames = inverse(typeNumbers);
const scopeNames = inverse(scopeNumbers);

/** Undefined for a route of a kind that is none of IP's: another family, a cached clone. */
export function readRoute(body: RouteBody, names: DeviceNames): Route | undefined {
  const family = familyOfNumber(body.family);
  const type = typeNames.get(body.type);
  if (!family || !type) return undefined;
  const {
    destination,
    output,
    gateway,
    via,
    priority = 0,
    preferredSource,
    metrics,
    multipath,
  } = body.attributes;
  const nextHop = gateway ?? via;
  return {
    destination: destination ? cidrOf(destination, body.destinationLength) : anywhere[family],
    table: body.attributes.table ?? body.table,
    metric: priority,
    protocol: body.protocol,
    type,
    scope: scopeNames.get(body.scope) ?? "global",
    ...(output !== undefined && { device: names.nameOf(output) }),
    ...(nextHop && { via: nextHop }),
    ...((body.flags & onlinkFlag) !== 0 && { isOnlink: true }),
    ...(preferredSource && { source: preferredSource }),
    ...(metrics?.mtu !== undefined && { mtu: metrics.mtu }),
    ...(metrics?.others && { otherMetrics: metrics.others }),
    ...(multipath && { multipath: nextHopDevices(multipath).map(names.nameOf) }),
  };
}

/** `output` is the index of the route's device, if it has one. */
export function writeRoute(route: Route, output: number | undefined): RouteBody {
  const family = cidrFamily(route.destination);
  const { via } = route;
  const isSameFamily = via !== undefined && familyOf(via) === family;
  return {
    family: addressFamily[family],
    destinationLength: prefixLengthOf(route.destination),
    sourceLength: 0,
    tos: 0,
    table: route.table < 256 ? route.table : 0,
    protocol: route.protocol,
    scope: scopeNumbers[route.scope],
    type: typeNumbers[route.type],
    flags: route.isOnlink ? onlinkFlag : 0,
    attributes: {
      destination: prefixLengthOf(route.destination) ? cidrAddress(route.destination) : undefined,
      output,
      gateway: isSameFamily ? via : undefined,
      via: isSameFamily ? undefined : via,
      priority: route.metric || undefined,
      preferredSource: route.source,
      metrics: writeMetrics(route, family),
      table: route.table,
    },
  };
}

/**
 * A link whose MTU changes would take IPv6 routes along (`fib6_nh_mtu_change` of Linux), if it were not
 * locked. There it means no more than that; for IPv4 it would end the discovery of smaller MTUs.
 */
function writeMetrics(
  { mtu, otherMetrics: others }: Route,
  family: IpFamily,
): RouteMetrics | undefined {
  if (mtu === undefined && !others) return undefined;
  return { mtu, others, isMtuLocked: mtu !== undefined && family === "ipv6" };
}

/** Asks which way the kernel would send a packet to `destination`. */
export function routeLookup(destination: IpAddress): RouteBody {
  const family = familyOf(destination);
  return {
    family: addressFamily[family],
    destinationLength: family === "ipv4" ? 32 : 128,
    sourceLength: 0,
    tos: 0,
    table: 0,
    protocol: 0,
    scope: 0,
    type: 0,
    flags: 0,
    attributes: { destination },
  };
}

export function formatRoute(route: Route): string {
  const { destination, via, device, table, metric } = route;
  const words = [
    ...(route.type === "unicast" ? [] : [route.type]),
    destination,
    ...(via ? ["via", via] : []),
    ...(device ? ["dev", device] : []),
    ...(table === 254 ? [] : ["table", table]),
    ...(metric === 0 ? [] : ["metric", metric]),
  ];
  return words.join(" ");
}

export function familyOfNumber(number: number): IpFamily | undefined {
  if (number === addressFamily.ipv4) return "ipv4";
  return number === addressFamily.ipv6 ? "ipv6" : undefined;
}

function inverse<K extends string>(table: Readonly<Record<K, number>>): ReadonlyMap<number, K> {
  return new Map((Object.entries(table) as [K, number][]).map(([name, number]) => [number, name]));
}
