import { DecodeError, type DecodeProblem, hostU16, hostU32, struct } from "@antrea/wire";

/** One netlink message: `struct nlmsghdr` of linux/netlink.h and what follows it. */
export interface NetlinkMessage {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly portId: number;
  readonly payload: Uint8Array;
}

const header = struct({
  length: hostU32,
  type: hostU16,
  flags: hostU16,
  sequence: hostU32,
  portId: hostU32,
});

export const nlmsgHeaderSize = header.size;

/** NLMSG_* types and NLM_F_* flags of linux/netlink.h. */
export const nlmsg = { NOOP: 1, ERROR: 2, DONE: 3, OVERRUN: 4 } as const;
export const nlmFlag = {
  REQUEST: 0x1,
  MULTI: 0x2,
  ACK: 0x4,
  DUMP_INTR: 0x10,
  ROOT: 0x100,
  MATCH: 0x200,
  DUMP: 0x300,
  REPLACE: 0x100,
  EXCL: 0x200,
  CREATE: 0x400,
  CAPPED: 0x100,
  ACK_TLVS: 0x200,
} as const;

/** Netlink pads messages and attributes to four bytes. */
export function aligned(size: number): number {
  return (size + 3) & ~3;
}

export function encodeMessage(message: NetlinkMessage): Uint8Array {
  const { type, flags, sequence, portId, payload } = message;
  const frame = new Uint8Array(aligned(header.size + payload.length));
  const length = header.size + payload.length;
  header.encode({ length, type, flags, sequence, portId }, viewOf(frame), 0);
  frame.set(payload, header.size);
  return frame;
}

/** Every message of one datagram, in order. Throws a DecodeError if a length does not fit. */
export function decodeMessages(frame: Uint8Array): readonly NetlinkMessage[] {
  const messages: NetlinkMessage[] = [];
  const view = viewOf(frame);
  for (let at = 0; at < frame.length; ) {
    const { length, ...rest } = header.decode(view, at);
    if (length < header.size) throw problem({ code: "bad-length", declared: length }, at, frame);
    if (at + length > frame.length)
      throw problem({ code: "truncated", wanted: length, got: frame.length - at }, at, frame);
    messages.push({ ...rest, payload: frame.subarray(at + header.size, at + length) });
    at += aligned(length);
  }
  return messages;
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function problem(what: DecodeProblem, at: number, frame: Uint8Array): DecodeError {
  return new DecodeError(what, at, frame);
}
