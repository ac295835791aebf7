import { literal, padding, struct, u16, u32, type WireType } from "@antrea/wire";
import { fixedMessage } from "./definition.ts";

/** NXT_SET_PACKET_IN_FORMAT: 2 asks for packet-ins with userdata and continuation. */
const formatBody = struct({ kind: literal("setPacketInFormat"), format: u32 });
export type SetPacketInFormat = WireType<typeof formatBody>;
export const NXPIF_PACKET_IN2 = 2;
export const setPacketInFormat = fixedMessage<SetPacketInFormat>(
  "setPacketInFormat",
  { nx: 16 },
  formatBody,
);

/** NXT_SET_CONTROLLER_ID: the number by which `controller` actions address this connection. */
const controllerBody = struct({ kind: literal("setControllerId"), pad: padding(6), id: u16 });
export type SetControllerId = WireType<typeof controllerBody>;
export const setControllerId = fixedMessage<SetControllerId>(
  "setControllerId",
  { nx: 20 },
  controllerBody,
);

/** NXT_CT_FLUSH_ZONE: forgets the connections of a conntrack zone. */
const flushBody = struct({ kind: literal("ctFlushZone"), pad: padding(6), zone: u16 });
export type CtFlushZone = WireType<typeof flushBody>;
export const ctFlushZone = fixedMessage<CtFlushZone>("ctFlushZone", { nx: 29 }, flushBody);
