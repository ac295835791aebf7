import { type MacAddress, macFromBytes, macToBytes, type OfPort } from "@antrea/net";
import type { ByteReader, ByteWriter } from "@antrea/wire";
import { literal, padding, struct, u32, type WireType } from "@antrea/wire";
import { putProperty, readProperties } from "../properties.ts";
import { defineMessage, fixedMessage, listReply } from "./definition.ts";

/** A port of the bridge (OpenFlow 1.5.1 section 7.2.1). */
export interface PortDescription {
  readonly ofPort: OfPort;
  readonly mac: MacAddress;
  readonly name: string;
  /** OFPPC_*: what an operator forbids. */
  readonly config: number;
  /** OFPPS_*. */
  readonly state: number;
  /** Kilobits a second; 0 if unknown. */
  readonly speedKbps: number;
}

export const portState = { linkDown: 1, blocked: 2, live: 4 } as const;

export function isLinkUp(port: PortDescription): boolean {
  return (port.state & portState.linkDown) === 0;
}

const NAME_SIZE = 16;
const ETHERNET = 0;

function encodePort(port: PortDescription, out: ByteWriter): void {
  const start = out.size;
  out.u32(port.ofPort);
  out.zeros(4);
  out.bytes(macToBytes(port.mac));
  out.zeros(2);
  const name = new TextEncoder().encode(port.name).subarray(0, NAME_SIZE - 1);
  out.bytes(name);
  out.zeros(NAME_SIZE - name.length);
  out.u32(port.config);
  out.u32(port.state);
  putProperty(ETHERNET, out, () => {
    out.zeros(20);
    out.u32(port.speedKbps);
    out.u32(0);
  });
  out.setU16(start + 4, out.size - start);
}

function decodePort(body: ByteReader): PortDescription {
  const ofPort = body.u32() as OfPort;
  const length = body.u16();
  if (length < 40) body.fail({ code: "bad-length", declared: length }, 2);
  const inner = body.slice(length - 6);
  inner.skip(2);
  const mac = macFromBytes(inner.bytes(6));
  inner.skip(2);
  const name = new TextDecoder().decode(inner.bytes(NAME_SIZE)).replace(/\0.*$/s, "");
  const config = inner.u32();
  const state = inner.u32();
  let speedKbps = 0;
  for (const { type, value } of readProperties(inner)) {
    if (type !== ETHERNET) continue;
    value.skip(20);
    speedKbps = value.u32();
  }
  return { ofPort, mac, name, config, state, speedKbps };
}

/** Which port a request is about; 0xffffffff for all. */
const requestBody = struct({ kind: literal("portDescRequest"), ofPort: u32, pad: padding(4) });
export type PortDescRequest = WireType<typeof requestBody>;
export const portDescRequest = fixedMessage<PortDescRequest>(
  "portDescRequest",
  { request: 13 },
  requestBody,
);
export const portDescReply = listReply("portDescReply", 13, {
  encode: encodePort,
  decode: decodePort,
});

const statusReasons = ["add", "delete", "modify"] as const;

/** OFPT_PORT_STATUS: a port came, went or changed. */
export interface PortStatus {
  readonly kind: "portStatus";
  readonly reason: (typeof statusReasons)[number];
  readonly port: PortDescription;
}

export const portStatus = defineMessage<PortStatus>({
  kind: "portStatus",
  id: { of: 12 },
  encode({ reason, port }, out) {
    out.u8(statusReasons.indexOf(reason));
    out.zeros(7);
    encodePort(port, out);
  },
  decode(body) {
    const value = body.u8();
    const reason = statusReasons[value];
    if (!reason) return body.fail({ code: "bad-value", field: "reason", value }, 1);
    body.skip(7);
    return { kind: "portStatus", reason, port: decodePort(body) };
  },
});
