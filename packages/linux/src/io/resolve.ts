import type { IpAddress } from "@antrea/net";
import { isErrno } from "../host/error.ts";
import { neighbourQuery, readNeighbour, useNeighbour } from "../host/neighbours.ts";
import { type ResolvedRoute, readResolution } from "../host/resolution.ts";
import { routeLookup } from "../host/routes.ts";
import type { Neighbour } from "../host/state.ts";
import { nlmFlag } from "../netlink/message.ts";
import { neighbourBody } from "../netlink/neighbour.ts";
import { routeBody } from "../netlink/route.ts";
import { rtm } from "../netlink/rtnetlink.ts";
import { devicesOf } from "./apply-step.ts";
import type { NetlinkSocket } from "./netlink-socket.ts";
import { namesOnDemand } from "./observe.ts";

/** What a lookup says when no route leads there: unreachable, prohibited, or a blackhole. */
const noWay = ["ENETUNREACH", "EHOSTUNREACH", "EACCES", "EINVAL"] as const;

/** Asks the kernel's routing tables; undefined if no route leads to `destination`. */
export function resolveRoute(
  socket: NetlinkSocket,
  destination: IpAddress,
): ResolvedRoute | undefined {
  try {
    const answer = socket.ask({
      entry: `way to ${destination}`,
      type: rtm.GETROUTE,
      payload: routeBody.encode(routeLookup(destination)),
    });
    return readResolution(routeBody.decode(answer.payload), namesOnDemand(socket));
  } catch (error) {
    if (isErrno(error, ...noWay)) return undefined;
    throw error;
  }
}

/** What the kernel knows of a neighbour; undefined if nothing. */
export function neighbourOf(
  socket: NetlinkSocket,
  device: string,
  address: IpAddress,
): Neighbour | undefined {
  const entry = `neighbour ${address} dev ${device}`;
  const index = devicesOf(socket).require(device, entry);
  try {
    const answer = socket.ask({
      entry,
      type: rtm.GETNEIGH,
      payload: neighbourBody.encode(neighbourQuery(index, address)),
    });
    return readNeighbour(neighbourBody.decode(answer.payload), { nameOf: () => device });
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** Makes the kernel ask for the neighbour's address now, or confirm the one it has. */
export function solicitNeighbour(socket: NetlinkSocket, device: string, address: IpAddress): void {
  const entry = `neighbour ${address} dev ${device}`;
  const index = devicesOf(socket).require(device, entry);
  socket.change({
    entry,
    type: rtm.NEWNEIGH,
    flags: nlmFlag.CREATE,
    payload: neighbourBody.encode(useNeighbour(index, address)),
  });
}
