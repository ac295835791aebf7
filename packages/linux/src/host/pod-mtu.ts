import { cidrOf, prefixLengthOf } from "@antrea/net";
import type { SynchronousStep } from "./plan.ts";
import { nearRoutes, type PodVethSpec, withMtu } from "./pod-veth.ts";
import { type Route, routeKey, routeProtocol, routeTable } from "./state.ts";

/** What of a Pod's link and its routes decides how large packets may be. */
export type PodMtuSpec = Pick<
  PodVethSpec,
  "hostName" | "netnsPath" | "ifname" | "mac" | "mtu" | "sends" | "addresses" | "gateways"
>;

/** What the Pod's namespace has. */
export interface ObservedPodMtu {
  /** Of the link, in bytes. */
  readonly mtu: number;
  readonly routes: readonly Route[];
}

/**
 * Brings a running Pod to its MTU. Nothing that is sent on the way there is larger than what may be sent
 * before or after: routes are held down before the link changes, and let go once it has.
 */
export function planPodMtu(seen: ObservedPodMtu, spec: PodMtuSpec): readonly SynchronousStep[] {
  const { ifname: name, mtu, sends } = spec;
  const near = new Map(nearRoutes(spec).map((route) => [routeKey(route), route]));
  const areKnown = sends === undefined || sends.nearNetworks !== undefined;
  const ours = seen.routes.flatMap((route) => {
    const kind = kindOf(route, spec);
    return kind === undefined ? [] : [{ route, kind }];
  });
  const isLeft = ({ route, kind }: (typeof ours)[number]): boolean =>
    kind === "near" && areKnown && !near.has(routeKey(route));
  const kept = ours.filter((one) => !isLeft(one));
  const sent = kept.map(({ kind }) => (kind === "far" ? sends?.far : sends?.near) ?? mtu);
  const before = kept.map(({ route }) => route);
  const isLinkRight = seen.mtu === mtu;
  const held = isLinkRight
    ? before
    : before.map((route, i) => hold(route, sent[i] ?? mtu, seen.mtu, mtu));
  const final = held.map((route, i) => withMtu(route, sent[i] ?? mtu, mtu));
  const there = new Set(before.map(routeKey));
  return [
    ...ours.filter(isLeft).map(({ route }) => ({ kind: "remove-route", route }) as const),
    ...changed(before, held),
    ...(isLinkRight ? [] : [{ kind: "set-link", link: { name, mtu } } as const]),
    ...changed(held, final),
    ...[...near].flatMap(([key, route]) =>
      there.has(key) ? [] : [{ kind: "set-route", route } as const],
    ),
  ];
}

type RouteKind = "connected" | "near" | "far";

/** Which of the routes that a Pod has by being connected this is, in whatever table a later plugin of the chain put it; undefined for all others. */
function kindOf(route: Route, { ifname, addresses, gateways }: PodMtuSpec): RouteKind | undefined {
  const { destination, device, via, table, type, multipath } = route;
  if (device !== ifname || table === routeTable.local || type !== "unicast" || multipath)
    return undefined;
  if (via === undefined) {
    const isOwn = addresses.some((a) => cidrOf(a.address, a.prefixLength) === destination);
    return isOwn ? "connected" : undefined;
  }
  if (!gateways.some(({ address }) => address === via)) return undefined;
  if (prefixLengthOf(destination) === 0) return "far";
  return route.protocol === routeProtocol.antrea ? "near" : undefined;
}

/** What a route says while the link changes from one MTU to another: no more than it sends in the end. */
function hold(route: Route, sent: number, before: number, after: number): Route {
  return sent < Math.max(before, after) ? { ...route, mtu: sent } : withMtu(route, after, after);
}

function changed(before: readonly Route[], after: readonly Route[]): readonly SynchronousStep[] {
  return after.flatMap((route, i) =>
    before[i]?.mtu === route.mtu ? [] : [{ kind: "set-route", route } as const],
  );
}
