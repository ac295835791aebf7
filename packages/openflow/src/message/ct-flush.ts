import { familyOf, type IpAddress, ipFromBytes, ipToBytes } from "@antrea/net";
import type { ByteReader, ByteWriter } from "@antrea/wire";
import { type Property, putProperty, putU16Property, readProperties } from "../properties.ts";
import { defineMessage } from "./definition.ts";

/** One direction of a connection; what is absent may be anything. Ports and `icmp*` are the protocol's. */
export interface CtEnds {
  readonly source?: IpAddress;
  readonly destination?: IpAddress;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  readonly icmpId?: number;
  readonly icmpType?: number;
  readonly icmpCode?: number;
}

/**
 * NXT_CT_FLUSH, of Open vSwitch 3.1: forgets the connections of a zone that are such in both directions.
 * One whose first direction is given whole is looked up; for less, all connections are gone through.
 */
export interface CtFlush {
  readonly kind: "ctFlush";
  readonly zone: number;
  readonly protocol?: number;
  readonly original?: CtEnds;
  readonly reply?: CtEnds;
}

/** NXT_CT_*, and what is within a direction: NXT_CT_TUPLE_*. */
const properties = { original: 0, reply: 1, zone: 2 } as const;
const tuple = {
  source: 0,
  destination: 1,
  sourcePort: 2,
  destinationPort: 3,
  icmpId: 4,
  icmpType: 5,
  icmpCode: 6,
} as const;
const addresses = ["source", "destination"] as const;
const words = ["sourcePort", "destinationPort", "icmpId"] as const;
const bytes = ["icmpType", "icmpCode"] as const;

export const ctFlush = defineMessage<CtFlush>({
  kind: "ctFlush",
  id: { nx: 32 },
  encode({ zone, protocol = 0, original, reply }, out) {
    out.u8(protocol);
    out.zeros(7);
    if (original) putEnds(properties.original, original, out);
    if (reply) putEnds(properties.reply, reply, out);
    putU16Property(properties.zone, zone, out);
  },
  decode(body) {
    const protocol = body.u8();
    body.skip(7);
    const found = readProperties(body);
    const of = (type: number): ByteReader | undefined =>
      found.find((one) => one.type === type)?.value;
    const original = of(properties.original);
    const reply = of(properties.reply);
    return {
      kind: "ctFlush",
      zone: of(properties.zone)?.u16() ?? 0,
      ...(protocol !== 0 && { protocol }),
      ...(original && { original: readEnds(original) }),
      ...(reply && { reply: readEnds(reply) }),
    };
  },
});

function putEnds(type: number, ends: CtEnds, out: ByteWriter): void {
  putProperty(type, out, () => {
    out.zeros(4);
    for (const side of addresses) {
      const address = ends[side];
      if (address) putProperty(tuple[side], out, () => putAddress(address, out));
    }
    for (const part of words)
      if (ends[part] !== undefined) putU16Property(tuple[part], ends[part], out);
    for (const part of bytes) {
      const value = ends[part];
      if (value !== undefined) putProperty(tuple[part], out, () => out.u8(value));
    }
  });
}

function readEnds(body: ByteReader): CtEnds {
  body.skip(4);
  const found = readProperties(body);
  const read = <K extends keyof CtEnds, T>(part: K, get: (one: Property) => T) =>
    found.filter(({ type }) => type === tuple[part]).map((one) => [part, get(one)] as const);
  return Object.fromEntries([
    ...addresses.flatMap((part) => read(part, readAddress)),
    ...words.flatMap((part) => read(part, ({ value }) => value.u16())),
    ...bytes.flatMap((part) => read(part, ({ value }) => value.u8())),
  ]);
}

/** Always 16 bytes: IPv4 is mapped into IPv6. */
function putAddress(address: IpAddress, out: ByteWriter): void {
  if (familyOf(address) === "ipv4") {
    out.zeros(10);
    out.u16(0xffff);
  }
  out.bytes(ipToBytes(address));
}

function readAddress({ value }: Property): IpAddress {
  const bytes = value.bytes(16);
  const isMapped = bytes.subarray(0, 10).every((one) => one === 0) && bytes[10] === 0xff;
  return ipFromBytes(isMapped && bytes[11] === 0xff ? bytes.subarray(12) : bytes);
}
