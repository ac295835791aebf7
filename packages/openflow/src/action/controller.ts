import { type ByteReader, type ByteWriter, fromHex, toHex } from "@antrea/wire";

import { keyValue, requireNumber, splitTopLevel, textError } from "../text.ts";
import { defineAction } from "./definition.ts";
import { putProperty, putU16Property, readProperties } from "../properties.ts";

/** Why a packet comes to the controller (OpenFlow 1.5.1, `ofp_packet_in_reason`). */
export const packetInReasons = [
  "no_match",
  "action",
  "invalid_ttl",
  "action_set",
  "group",
  "packet_out",
  "explicit_miss",
  "implicit_miss",
] as const;
export type PacketInReason = (typeof packetInReasons)[number];

/** NXAST_CONTROLLER and NXAST_CONTROLLER2: sends the packet to us as a packet-in. */
export interface Controller {
  readonly kind: "controller";
  /** Bytes of the packet to send; 65535 for all. */
  readonly maxLength: number;
  /** Which of several controllers; 0 for those that did not ask for another number. */
  readonly controllerId: number;
  readonly reason: PacketInReason;
  /** Comes back in the packet-in, as hexadecimal digits; empty for none. */
  readonly userdata: string;
  /** Whether the packet waits in the switch until the controller resumes it. */
  readonly pause: boolean;
  /** Limits the rate of packet-ins. */
  readonly meter?: number;
}

export function sendToController(options: Partial<Omit<Controller, "kind">> = {}): Controller {
  return {
    kind: "controller",
    maxLength: 0xffff,
    controllerId: 0,
    reason: "action",
    userdata: "",
    pause: false,
    ...options,
  };
}

/** NXAC2PT_*. */
const property = {
  maxLength: 0,
  controllerId: 1,
  reason: 2,
  userdata: 3,
  pause: 4,
  meter: 5,
} as const;

export const controller = defineAction<Controller>({
  kind: "controller",
  words: ["controller", "CONTROLLER"],
  forms: [
    { id: { nx: 20 }, fits: isPlain, encode: encodePlain, decode: decodePlain },
    { id: { nx: 37 }, encode: encodeProperties, decode: decodeProperties },
  ],
  format(action) {
    if (isPlain(action) && action.reason === "action" && action.controllerId === 0)
      return `CONTROLLER:${action.maxLength}`;
    const parts: string[] = [];
    if (action.reason !== "action") parts.push(`reason=${action.reason}`);
    if (action.maxLength !== 0xffff) parts.push(`max_len=${action.maxLength}`);
    if (action.controllerId !== 0) parts.push(`id=${action.controllerId}`);
    if (action.userdata !== "") parts.push(`userdata=${dotted(action.userdata)}`);
    if (action.pause) parts.push("pause");
    if (action.meter !== undefined) parts.push(`meter_id=${action.meter}`);
    return `controller(${parts.join(",")})`;
  },
  parse({ argument }) {
    if (argument === undefined) return sendToController();
    if (/^\d+$/.test(argument))
      return sendToController({ maxLength: requireNumber(argument, "a length", 0xffff) });
    return sendToController(Object.assign({}, ...splitTopLevel(argument).map(parseOption)));
  },
});

function isPlain(action: Controller): boolean {
  return action.userdata === "" && !action.pause && action.meter === undefined;
}

function encodePlain(action: Controller, out: ByteWriter): void {
  out.u16(action.maxLength);
  out.u16(action.controllerId);
  out.u8(packetInReasons.indexOf(action.reason));
  out.zeros(1);
}

function decodePlain(body: ByteReader): Controller {
  const maxLength = body.u16();
  return sendToController({ maxLength, controllerId: body.u16(), reason: readReason(body) });
}

function encodeProperties(action: Controller, out: ByteWriter): void {
  out.zeros(6);
  if (action.maxLength !== 0xffff) putU16Property(property.maxLength, action.maxLength, out);
  if (action.controllerId !== 0) putU16Property(property.controllerId, action.controllerId, out);
  if (action.reason !== "action")
    putProperty(property.reason, out, () => out.u8(packetInReasons.indexOf(action.reason)));
  if (action.userdata !== "")
    putProperty(property.userdata, out, () =>
      out.bytes(fromHex(action.userdata) ?? new Uint8Array()),
    );
  if (action.pause) putProperty(property.pause, out, () => {});
  const { meter } = action;
  if (meter !== undefined) putProperty(property.meter, out, () => out.u32(meter));
}

function decodeProperties(body: ByteReader): Controller {
  body.skip(6);
  const read: { -readonly [K in keyof Controller]?: Controller[K] } = {};
  for (const { type, value } of readProperties(body)) {
    if (type === property.maxLength) read.maxLength = value.u16();
    else if (type === property.controllerId) read.controllerId = value.u16();
    else if (type === property.reason) read.reason = readReason(value);
    else if (type === property.userdata) read.userdata = toHex(value.bytes(value.left));
    else if (type === property.pause) read.pause = true;
    else if (type === property.meter) read.meter = value.u32();
    else value.fail({ code: "unknown-type", type });
  }
  return sendToController(read);
}

function readReason(body: ByteReader): PacketInReason {
  const value = body.u8();
  return packetInReasons[value] ?? body.fail({ code: "bad-value", field: "reason", value }, 1);
}

function dotted(hex: string): string {
  return hex.replaceAll(/(..)(?!$)/g, "$1.");
}

function parseOption(text: string): Partial<Controller> {
  const { key, value } = keyValue(text);
  switch (key) {
    case "reason":
      return {
        reason:
          packetInReasons.find((r) => r === value) ??
          textError(`Expected a packet-in reason, saw "${value}"`),
      };
    case "max_len":
      return { maxLength: requireNumber(value, "max_len", 0xffff) };
    case "id":
      return { controllerId: requireNumber(value, "id", 0xffff) };
    case "userdata":
      return { userdata: parseDotted(value ?? "") };
    case "pause":
      return { pause: true };
    case "meter_id":
      return { meter: requireNumber(value, "meter_id", 0xffffffff) };
    default:
      return textError(`Expected an option of controller, saw "${text}"`);
  }
}

/** Hexadecimal bytes with or without dots, as in "01.02.ff". */
export function parseDotted(text: string): string {
  const hex = text.replaceAll(".", "").toLowerCase();
  if (!/^(?:[0-9a-f]{2})*$/.test(hex)) textError(`Expected hexadecimal bytes, saw "${text}"`);
  return hex;
}

export { dotted as formatDotted };
