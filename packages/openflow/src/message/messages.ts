import type { ByteReader, ByteWriter } from "@antrea/wire";
import * as asyncConfig from "./async-config.ts";
import { barrierReply, barrierRequest } from "./barrier.ts";
import { bundleAdd, bundleControl } from "./bundle.ts";
import { getConfigReply, getConfigRequest, setConfig } from "./config.ts";
import { ctFlush } from "./ct-flush.ts";
import type { MessageContext, MessageDefinition, MessageId } from "./definition.ts";
import { echoReply, echoRequest } from "./echo.ts";
import { error } from "./error.ts";
import { featuresReply, featuresRequest } from "./features.ts";
import { flowMod } from "./flow-mod.ts";
import { flowMonitorReply, flowMonitorRequest } from "./flow-monitor.ts";
import { flowRemoved } from "./flow-removed.ts";
import {
  aggregateReply,
  aggregateRequest,
  flowStatsReply,
  flowStatsRequest,
} from "./flow-stats.ts";
import { groupMod } from "./group-mod.ts";
import * as groupStats from "./group-stats.ts";
import { hello } from "./hello.ts";
import { meterMod } from "./meter-mod.ts";
import * as meterStats from "./meter-stats.ts";
import { ctFlushZone, setControllerId, setPacketInFormat } from "./nicira.ts";
import { packetIn2, plainPacketIn, resume } from "./packet-in.ts";
import { packetOut } from "./packet-out.ts";
import { portDescReply, portDescRequest, portStatus } from "./port.ts";
import { portStatsReply, portStatsRequest } from "./port-stats.ts";
import { roleReply, roleRequest } from "./role.ts";
import * as tableStats from "./table-stats.ts";

const definitions = [
  hello,
  error,
  echoRequest,
  echoReply,
  featuresRequest,
  featuresReply,
  getConfigRequest,
  getConfigReply,
  setConfig,
  plainPacketIn,
  packetIn2,
  flowRemoved,
  portStatus,
  packetOut,
  flowMod,
  groupMod,
  barrierRequest,
  barrierReply,
  roleRequest,
  roleReply,
  asyncConfig.getAsyncRequest,
  asyncConfig.getAsyncReply,
  asyncConfig.setAsync,
  meterMod,
  bundleControl,
  bundleAdd,
  resume,
  setPacketInFormat,
  setControllerId,
  ctFlushZone,
  ctFlush,
  tableStats.descRequest,
  tableStats.descReply,
  flowStatsRequest,
  flowStatsReply,
  aggregateRequest,
  aggregateReply,
  tableStats.tableStatsRequest,
  tableStats.tableStatsReply,
  tableStats.tableDescRequest,
  tableStats.tableDescReply,
  tableStats.tableFeaturesRequest,
  tableStats.tableFeaturesReply,
  portStatsRequest,
  portStatsReply,
  portDescRequest,
  portDescReply,
  groupStats.groupDescRequest,
  groupStats.groupDescReply,
  groupStats.groupStatsRequest,
  groupStats.groupStatsReply,
  groupStats.groupFeaturesRequest,
  groupStats.groupFeaturesReply,
  meterStats.meterConfigRequest,
  meterStats.meterConfigReply,
  meterStats.meterStatsRequest,
  meterStats.meterStatsReply,
  meterStats.meterFeaturesRequest,
  meterStats.meterFeaturesReply,
  flowMonitorRequest,
  flowMonitorReply,
] as const;

type Known = typeof definitions extends readonly (infer D)[]
  ? D extends MessageDefinition<infer M>
    ? M
    : never
  : never;

/** A message that this room has no definition for. */
export interface UnknownMessage {
  readonly kind: "unknown";
  readonly type: number;
  readonly body: Uint8Array;
}

/** What an OpenFlow frame says, without its xid. */
export type Message = Known | UnknownMessage;
export type MessageOf<K extends Message["kind"]> = Extract<Message, { readonly kind: K }>;

/** A message and the number that ties requests and replies together. */
export interface Frame {
  readonly xid: number;
  readonly message: Message;
  /** Whether a multipart reply goes on in another frame. */
  readonly hasMore: boolean;
}

/** OpenFlow 1.5 on the wire. */
export const VERSION = 6;
export const HEADER_SIZE = 8;
export const MAX_FRAME_SIZE = 0xffff;

const OFPT_EXPERIMENTER = 4;
const OFPT_MULTIPART_REQUEST = 18;
const OFPT_MULTIPART_REPLY = 19;
const OFPMPF_MORE = 1;
const NX_VENDOR = 0x00002320;

// oxlint-disable-next-line typescript/no-explicit-any -- each definition takes its own member of the union
type AnyDefinition = MessageDefinition<any>;

const byKind = new Map<string, AnyDefinition>(definitions.map((d) => [d.kind, d]));
const byId = new Map<string, AnyDefinition>(definitions.map((d) => [idKey(d.id), d]));
const byType: readonly (AnyDefinition | undefined)[] = Array.from({ length: 64 }, (_, of) =>
  byId.get(idKey({ of })),
);

function idKey(id: MessageId): string {
  const [space, number] = Object.entries(id)[0] as [string, number];
  return `${space}:${number}`;
}

/** Appends one frame. `hasMore` marks a part of a multipart reply (or request) that is not the last. */
export function encodeFrame(message: Message, xid: number, out: ByteWriter, hasMore = false): void {
  const start = out.size;
  out.u8(VERSION);
  if (message.kind === "unknown") {
    out.u8(message.type);
    out.u16(HEADER_SIZE + message.body.length);
    out.u32(xid);
    out.bytes(message.body);
    return;
  }
  const definition = byKind.get(message.kind) as AnyDefinition;
  encodeHead(definition.id, xid, hasMore, out);
  definition.encode(message, out, contextOf(xid));
  out.setU16(start + 2, out.size - start);
}

function encodeHead(id: MessageId, xid: number, hasMore: boolean, out: ByteWriter): void {
  out.u8(typeOf(id));
  out.u16(0);
  out.u32(xid);
  if ("nx" in id) {
    out.u32(NX_VENDOR);
    out.u32(id.nx);
  } else if (!("of" in id)) {
    out.u16("request" in id ? id.request : id.reply);
    out.u16(hasMore ? OFPMPF_MORE : 0);
    out.zeros(4);
  }
}

function typeOf(id: MessageId): number {
  if ("of" in id) return id.of;
  if ("nx" in id) return OFPT_EXPERIMENTER;
  return "request" in id ? OFPT_MULTIPART_REQUEST : OFPT_MULTIPART_REPLY;
}

/** The same for a reader that stands at a frame; throws a `DecodeError` and may stand anywhere then. */
export function decodeFrame(reader: ByteReader): Frame {
  reader.u8(); // whoever negotiated the version looks at it
  const type = reader.u8();
  const length = reader.u16();
  if (length < HEADER_SIZE) reader.fail({ code: "bad-length", declared: length }, 2);
  const xid = reader.u32();
  const body = reader.slice(length - HEADER_SIZE);
  let hasMore = false;
  let definition = byType[type];
  const start = body.at;
  if (type === OFPT_EXPERIMENTER) {
    const vendor = body.u32();
    const nx = body.u32();
    definition = vendor === NX_VENDOR ? byId.get(idKey({ nx })) : undefined;
  } else if (type === OFPT_MULTIPART_REQUEST || type === OFPT_MULTIPART_REPLY) {
    const number = body.u16();
    hasMore = (body.u16() & OFPMPF_MORE) !== 0;
    body.skip(4);
    definition = byId.get(
      idKey(type === OFPT_MULTIPART_REQUEST ? { request: number } : { reply: number }),
    );
  }
  if (!definition) {
    body.at = start;
    return { xid, message: { kind: "unknown", type, body: body.bytes(body.left) }, hasMore };
  }
  return { xid, message: definition.decode(body, contextOf(xid)) as Message, hasMore };
}

function contextOf(xid: number): MessageContext {
  return {
    xid,
    encodeWhole: (message, inner, out) => encodeFrame(message as Message, inner, out),
    decodeWhole: (body) => decodeFrame(body).message,
  };
}
