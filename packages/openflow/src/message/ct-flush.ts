import { familyOf, type IpAddress, ipFromBytes, ipToBytes } from "@antrea/net";
import type { ByteReader, ByteWriter } from "@antrea/wire";
import { type Property, putProperty, putU16Property, readProperties } from "../properties.ts";
import { defineMessage } from "./definition.ts";

/** One direction of a connection; what is absent may be anything. */
export interface CtEnds {
  readonly source?: IpAddress;
  readonly destination?: IpAddress;
}

/**
 * NXT_CT_FLUSH, of Open vSwitch 3.1: forgets the connections of a zone that are such in both directions.
 * Its protocols and ports are not here.
 */
export interface CtFlush {
  readonly kind: "ctFlush";
  readonly zone: number;
  readonly original?: CtEnds;
  readonly reply?: CtEnds;
}

/** NXT_CT_*, and what is within a direction: NXT_CT_TUPLE_*. */
const properties = { original: 0, reply: 1, zone: 2 } as const;
const tuple = { source: 0, destination: 1 } as const;

export const ctFlush = defineMessage<CtFlush>({
  kind: "ctFlush",
  id: { nx: 32 },
  encode({ zone, original, reply }, out) {
    out.zeros(8);
    if (original) putEnds(properties.original, original, out);
    if (reply) putEnds(properties.reply, reply, out);
    putU16Property(properties.zone, zone, out);
  },
  decode(body) {
    body.skip(8);
    const found = readProperties(body);
    const of = (type: number): ByteReader | undefined =>
      found.find((one) => one.type === type)?.value;
    const original = of(properties.original);
    const reply = of(properties.reply);
    return {
      kind: "ctFlush",
      zone: of(properties.zone)?.u16() ?? 0,
      ...(original && { original: readEnds(original) }),
      ...(reply && { reply: readEnds(reply) }),
    };
  },
});

function putEnds(type: number, ends: CtEnds, out: ByteWriter): void {
  putProperty(type, out, () => {
    out.zeros(4);
    for (const side of ["source", "destination"] as const) {
      const address = ends[side];
      if (address) putProperty(tuple[side], out, () => putAddress(address, out));
    }
  });
}

function readEnds(body: ByteReader): CtEnds {
  body.skip(4);
  const found = readProperties(body);
  const source = found.find(({ type }) => type === tuple.source);
  const destination = found.find(({ type }) => type === tuple.destination);
  return {
    ...(source && { source: readAddress(source) }),
    ...(destination && { destination: readAddress(destination) }),
  };
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
