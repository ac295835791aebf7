import type { ByteReader, ByteWriter } from "@antrea/wire";
import { type PacketInReason, packetInReasons } from "../action/controller.ts";
import type { Match } from "../match/match.ts";
import { decodeMatch, decodeOxms, encodeMatch, encodeOxms } from "../match/wire.ts";
import { putProperty, readProperties } from "../properties.ts";
import { defineMessage, type MessageDefinition } from "./definition.ts";

/** A packet that the switch sends to us: what a flow's `controller` action asked for. */
export interface PacketIn {
  readonly kind: "packetIn";
  readonly packet: Uint8Array;
  /** Of the packet, should `packet` be only its beginning. */
  readonly fullLength: number;
  readonly table: number;
  /** Of the flow that sent it; absent if none did. */
  readonly cookie?: bigint;
  readonly reason: PacketInReason;
  /** in_port, registers, tunnel and conntrack fields of the packet. */
  readonly metadata: Match;
  /** What the action carried; empty for none. */
  readonly userdata: Uint8Array;
  /** Lets a paused packet go on, in a `resume`; private to the switch. Absent if it was not paused. */
  readonly continuation?: Uint8Array;
}

/** NXT_RESUME: lets a paused packet go on, with what has been changed in it. */
export interface Resume extends Omit<PacketIn, "kind"> {
  readonly kind: "resume";
}

/** NXPINT_*. */
const property = {
  packet: 0,
  fullLength: 1,
  table: 3,
  cookie: 4,
  reason: 5,
  metadata: 6,
  userdata: 7,
  continuation: 8,
} as const;

type Content = Omit<PacketIn, "kind">;

/** NXT_PACKET_IN2, in which Open vSwitch sends packets once asked by `setPacketInFormat`. */
export const packetIn2 = withContent("packetIn", 30);
export const resume = withContent("resume", 28);

function withContent<const K extends "packetIn" | "resume">(
  kind: K,
  subtype: number,
): MessageDefinition<Content & { readonly kind: K }> {
  return defineMessage<Content & { readonly kind: K }>({
    kind,
    id: { nx: subtype },
    encode: encodeContent,
    decode: (body) => ({ kind, ...decodeContent(body) }),
  });
}

function encodeContent(content: Content, out: ByteWriter): void {
  const { packet, fullLength, table, cookie, reason, metadata, userdata, continuation } = content;
  putProperty(property.packet, out, () => out.bytes(packet));
  if (fullLength !== packet.length)
    putProperty(property.fullLength, out, () => out.u32(fullLength));
  putProperty(property.table, out, () => out.u8(table));
  if (cookie !== undefined)
    putProperty(property.cookie, out, () => {
      out.zeros(4);
      out.u64(cookie);
    });
  putProperty(property.reason, out, () => out.u8(packetInReasons.indexOf(reason)));
  putProperty(property.metadata, out, () => encodeOxms(metadata, out));
  if (userdata.length > 0) putProperty(property.userdata, out, () => out.bytes(userdata));
  if (continuation)
    putProperty(property.continuation, out, () => {
      out.zeros(4);
      out.bytes(continuation);
    });
}

function decodeContent(body: ByteReader): Content {
  const read: { -readonly [K in keyof Content]?: Content[K] } = {};
  for (const { type, value } of readProperties(body)) {
    if (type === property.packet) read.packet = value.bytes(value.left);
    else if (type === property.fullLength) read.fullLength = value.u32();
    else if (type === property.table) read.table = value.u8();
    else if (type === property.cookie) read.cookie = aligned(value).u64();
    else if (type === property.reason) read.reason = decodeReason(value);
    else if (type === property.metadata) read.metadata = decodeOxms(value);
    else if (type === property.userdata) read.userdata = value.bytes(value.left);
    else if (type === property.continuation) read.continuation = aligned(value).bytes(value.left);
  }
  const packet = read.packet ?? body.fail({ code: "truncated", wanted: 1, got: 0 });
  return {
    packet,
    fullLength: read.fullLength ?? packet.length,
    table: read.table ?? 0,
    ...(read.cookie === undefined ? {} : { cookie: read.cookie }),
    reason: read.reason ?? "no_match",
    metadata: read.metadata ?? [],
    userdata: read.userdata ?? new Uint8Array(),
    ...(read.continuation ? { continuation: read.continuation } : {}),
  };
}

/** Steps over the four bytes that align a 64-bit or nested property. */
function aligned(value: ByteReader): ByteReader {
  value.skip(4);
  return value;
}

function decodeReason(body: ByteReader): PacketInReason {
  const value = body.u8();
  return packetInReasons[value] ?? body.fail({ code: "bad-value", field: "reason", value }, 1);
}

/** OFPT_PACKET_IN, in which Open vSwitch sends packets until it is asked for more. Only decoded as such. */
export interface PlainPacketIn extends Content {
  readonly kind: "plainPacketIn";
}

export const plainPacketIn = defineMessage<PlainPacketIn>({
  kind: "plainPacketIn",
  id: { of: 10 },
  encode({ packet, fullLength, reason, table, cookie, metadata }, out) {
    out.u32(0xffffffff);
    out.u16(fullLength);
    out.u8(packetInReasons.indexOf(reason));
    out.u8(table);
    out.u64(cookie ?? 0xffffffffffffffffn);
    encodeMatch(metadata, out);
    out.zeros(2);
    out.bytes(packet);
  },
  decode(body) {
    body.skip(4);
    const fullLength = body.u16();
    const reason = decodeReason(body);
    const table = body.u8();
    const cookie = body.u64();
    const metadata = decodeMatch(body);
    body.skip(2);
    return {
      kind: "plainPacketIn",
      packet: body.bytes(body.left),
      fullLength,
      table,
      ...(cookie === 0xffffffffffffffffn ? {} : { cookie }),
      reason,
      metadata,
      userdata: new Uint8Array(),
    };
  },
});
