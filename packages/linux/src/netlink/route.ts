import { familyOf, type IpAddress } from "@antrea/net";
import { hostI32, hostU16, hostU32, struct, u8 } from "@antrea/wire";
import {
  attribute,
  attributes,
  body,
  concat,
  encodeAttribute,
  ip,
  type PayloadCodec,
  raw,
  short,
  splitAttributes,
  word,
} from "./attribute.ts";
import { addressFamily } from "./rtnetlink.ts";

/** RTNH_F_ONLINK: the next hop is on this link, whatever our addresses say. */
export const onlinkFlag = 0x4;
/** RTM_F_*: answer with the table that was used. */
export const routeFlag = { CLONED: 0x200, LOOKUP_TABLE: 0x1000 } as const;

/** A next hop of any family (`struct rtvia`), for an IPv4 route by way of an IPv6 neighbour. */
const via: PayloadCodec<IpAddress> = {
  encode: (address) => concat([short.encode(addressFamily[familyOf(address)]), ip.encode(address)]),
  decode(bytes) {
    short.decode(bytes);
    return ip.decode(bytes.subarray(2));
  },
};

/** RTAX_* of linux/rtnetlink.h. */
const rtax = { LOCK: 1, MTU: 2 } as const;

/** The metrics of a route: one that we know, and the others as the kernel encodes them, to be given back. */
export interface RouteMetrics {
  readonly mtu?: number | undefined;
  /** The kernel leaves the MTU alone when that of the link changes. */
  readonly isMtuLocked?: boolean | undefined;
  readonly others?: Uint8Array | undefined;
}

const metrics: PayloadCodec<RouteMetrics> = {
  encode: ({ mtu, isMtuLocked, others = new Uint8Array() }) =>
    concat([
      others,
      ...(mtu === undefined ? [] : [encodeAttribute(rtax.MTU, word.encode(mtu))]),
      ...(isMtuLocked ? [encodeAttribute(rtax.LOCK, word.encode(1 << rtax.MTU))] : []),
    ]),
  decode(bytes) {
    const all = splitAttributes(bytes);
    const mtu = all.find(({ type }) => type === rtax.MTU);
    const others = all.filter(({ type }) => type !== rtax.MTU && type !== rtax.LOCK);
    return {
      ...(mtu && { mtu: word.decode(mtu.payload) }),
      ...(others.length > 0 && {
        others: concat(others.map(({ type, payload }) => encodeAttribute(type, payload))),
      }),
    };
  },
};

/** RTM_NEWROUTE, RTM_DELROUTE, RTM_GETROUTE: `struct rtmsg` and RTA_* attributes. */
export const routeBody = body(
  struct({
    family: u8,
    destinationLength: u8,
    sourceLength: u8,
    tos: u8,
    table: u8,
    protocol: u8,
    scope: u8,
    type: u8,
    flags: hostU32,
  }),
  attributes({
    destination: attribute(1, ip),
    output: attribute(4, word),
    gateway: attribute(5, ip),
    priority: attribute(6, word),
    preferredSource: attribute(7, ip),
    metrics: attribute(8, metrics),
    /** Several next hops; kept as bytes, see `nextHops`. */
    multipath: attribute(9, raw),
    /** The whole table number; the header's byte holds those below 256. */
    table: attribute(15, word),
    via: attribute(18, via),
    nextHopId: attribute(30, word),
  }),
);
export type RouteBody = ReturnType<typeof routeBody.decode>;

const rtnexthop = struct({ length: hostU16, flags: u8, hops: u8, index: hostI32 });

/** The devices of a multipath route's next hops (`struct rtnexthop`). */
export function nextHopDevices(multipath: Uint8Array): readonly number[] {
  const devices: number[] = [];
  const view = new DataView(multipath.buffer, multipath.byteOffset, multipath.byteLength);
  for (let at = 0; at + rtnexthop.size <= multipath.length; ) {
    const { length, index } = rtnexthop.decode(view, at);
    devices.push(index);
    at += Math.max((length + 3) & ~3, rtnexthop.size);
  }
  return devices;
}
