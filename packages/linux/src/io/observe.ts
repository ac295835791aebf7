import { readAddress } from "../host/addresses.ts";
import { type DeviceNames, deviceNames } from "../host/device-names.ts";
import { isErrno } from "../host/error.ts";
import { type ObservedLink, readLink } from "../host/links.ts";
import { readNeighbour } from "../host/neighbours.ts";
import { readRoute } from "../host/routes.ts";
import type { LinkAddress, Neighbour, Route } from "../host/state.ts";
import { addressBody } from "../netlink/address.ts";
import type { PayloadCodec } from "../netlink/attribute.ts";
import { type LinkBody, linkBody, linkMessage } from "../netlink/link.ts";
import { neighbourBody } from "../netlink/neighbour.ts";
import { routeBody } from "../netlink/route.ts";
import { rtm } from "../netlink/rtnetlink.ts";
import type { NetlinkSocket } from "./netlink-socket.ts";

/** What rtnetlink tells of one namespace. */
export interface ObservedNetwork {
  readonly links: readonly ObservedLink[];
  readonly addresses: readonly LinkAddress[];
  readonly routes: readonly Route[];
  readonly neighbours: readonly Neighbour[];
}

export function observeNetwork(socket: NetlinkSocket): ObservedNetwork {
  const { links, names } = observeLinks(socket);
  return {
    links,
    addresses: dump(socket, dumps.addresses).flatMap((body) => readAddress(body, names) ?? []),
    routes: observeRoutes(socket, names),
    neighbours: dump(socket, dumps.neighbours).flatMap((body) => readNeighbour(body, names) ?? []),
  };
}

export function observeRoutes(socket: NetlinkSocket, names: DeviceNames): readonly Route[] {
  return dump(socket, dumps.routes).flatMap((body) => readRoute(body, names) ?? []);
}

export function observeLinks(socket: NetlinkSocket): {
  readonly links: readonly ObservedLink[];
  readonly names: DeviceNames;
} {
  const bodies = dump(socket, dumps.links);
  const names = deviceNames(
    bodies.map(({ index, attributes }) => ({ index, name: attributes.name ?? `if${index}` })),
  );
  return { links: bodies.map((body) => readLink(body, names)), names };
}

/** Names that are asked for one by one: a list of all links costs more the more Pods there are. */
export function namesOnDemand(socket: NetlinkSocket): DeviceNames {
  return {
    nameOf: (index) =>
      askLink(socket, `link ${index}`, linkMessage({}, { index }))?.attributes.name ?? `if${index}`,
  };
}

/** One link by name; undefined if there is none. */
export function findLink(socket: NetlinkSocket, name: string): ObservedLink | undefined {
  const body = askLink(socket, `link ${name}`, linkMessage({ name }));
  return body && readLink(body, deviceNames([]));
}

function askLink(socket: NetlinkSocket, entry: string, which: LinkBody): LinkBody | undefined {
  try {
    const payload = linkBody.encode(which);
    return linkBody.decode(socket.ask({ entry, type: rtm.GETLINK, payload }).payload);
  } catch (error) {
    if (isErrno(error, "ENODEV")) return undefined;
    throw error;
  }
}

interface Dump<T> {
  readonly entry: string;
  readonly type: number;
  readonly codec: PayloadCodec<T>;
  /** So many zero bytes ask for every family and device. */
  readonly headerSize: number;
}

const dumps = {
  links: { entry: "links", type: rtm.GETLINK, codec: linkBody, headerSize: 16 },
  addresses: { entry: "addresses", type: rtm.GETADDR, codec: addressBody, headerSize: 8 },
  routes: { entry: "routes", type: rtm.GETROUTE, codec: routeBody, headerSize: 12 },
  neighbours: { entry: "neighbours", type: rtm.GETNEIGH, codec: neighbourBody, headerSize: 12 },
} as const;

function dump<T>(socket: NetlinkSocket, { entry, type, codec, headerSize }: Dump<T>): readonly T[] {
  const answers = socket.dump({ entry, type, payload: new Uint8Array(headerSize) });
  return answers.map((answer) => codec.decode(answer.payload));
}
