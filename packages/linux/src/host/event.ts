import { addressBody } from "../netlink/address.ts";
import { linkBody } from "../netlink/link.ts";
import type { NetlinkMessage } from "../netlink/message.ts";
import { neighbourBody } from "../netlink/neighbour.ts";
import { routeBody } from "../netlink/route.ts";
import { rtm, rtnetlinkGroup } from "../netlink/rtnetlink.ts";
import { readAddress } from "./addresses.ts";
import type { DeviceNames } from "./device-names.ts";
import { type ObservedLink, readLink } from "./links.ts";
import { readNeighbour } from "./neighbours.ts";
import { readRoute } from "./routes.ts";
import type { LinkAddress, Neighbour, Route } from "./state.ts";

/** Something in the kernel's network changed. */
export type HostEvent =
  | { readonly kind: "link"; readonly isRemoved: boolean; readonly link: ObservedLink }
  | { readonly kind: "address"; readonly isRemoved: boolean; readonly address: LinkAddress }
  | { readonly kind: "route"; readonly isRemoved: boolean; readonly route: Route }
  | { readonly kind: "neighbour"; readonly isRemoved: boolean; readonly neighbour: Neighbour }
  /** More changed than the socket could hold: observe everything again. */
  | { readonly kind: "resync" };

export type WatchedKind = Exclude<HostEvent["kind"], "resync">;

/** The multicast groups that tell of each kind, in both families. */
export const groupsOf: Readonly<Record<WatchedKind, readonly number[]>> = {
  link: [rtnetlinkGroup.LINK],
  address: [rtnetlinkGroup.IPV4_IFADDR, rtnetlinkGroup.IPV6_IFADDR],
  route: [rtnetlinkGroup.IPV4_ROUTE, rtnetlinkGroup.IPV6_ROUTE],
  neighbour: [rtnetlinkGroup.NEIGH],
};

const AF_BRIDGE = 7; // a bridge port's own news, sent to the same group

/** The event that a multicast message tells of; undefined for one that is none of ours. */
export function readEvent(
  { type, payload }: NetlinkMessage,
  names: DeviceNames,
): HostEvent | undefined {
  switch (type) {
    case rtm.NEWLINK:
    case rtm.DELLINK: {
      const body = linkBody.decode(payload);
      if (body.family === AF_BRIDGE) return undefined;
      return { kind: "link", isRemoved: type === rtm.DELLINK, link: readLink(body, names) };
    }
    case rtm.NEWADDR:
    case rtm.DELADDR: {
      const address = readAddress(addressBody.decode(payload), names);
      return address && { kind: "address", isRemoved: type === rtm.DELADDR, address };
    }
    case rtm.NEWROUTE:
    case rtm.DELROUTE: {
      const route = readRoute(routeBody.decode(payload), names);
      return route && { kind: "route", isRemoved: type === rtm.DELROUTE, route };
    }
    case rtm.NEWNEIGH:
    case rtm.DELNEIGH: {
      const neighbour = readNeighbour(neighbourBody.decode(payload), names);
      return neighbour && { kind: "neighbour", isRemoved: type === rtm.DELNEIGH, neighbour };
    }
    default:
      return undefined;
  }
}
