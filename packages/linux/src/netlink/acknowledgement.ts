import { hostI32, hostU32, struct } from "@antrea/wire";
import { attribute, attributes, fixed, text, word } from "./attribute.ts";
import { aligned, type NetlinkMessage, nlmFlag, nlmsgHeaderSize } from "./message.ts";

/** The kernel's answer to one request (NLMSG_ERROR): `errno` 0 is "done as asked". */
export interface Acknowledgement {
  /** Positive, as in errno(3). */
  readonly errno: number;
  /** The kernel's own sentence about what is wrong, if it gave one (extended acknowledgement). */
  readonly hint?: string;
}

const errnoSize = hostI32.size;
const code = fixed(hostI32);
const original = struct({ length: hostU32 });
const extended = attributes({ message: attribute(1, text), offset: attribute(2, word) });

export function decodeAcknowledgement({ payload, flags }: NetlinkMessage): Acknowledgement {
  const errno = Math.abs(code.decode(payload));
  if (!(flags & nlmFlag.ACK_TLVS)) return { errno };
  const { message } = extended.decode(payload.subarray(errnoSize + requestSize(payload, flags)));
  return { errno, ...(message !== undefined && { hint: message }) };
}

/** How much of our own request is quoted back: all of it, or only its header if "capped". */
function requestSize(payload: Uint8Array, flags: number): number {
  if (flags & nlmFlag.CAPPED) return nlmsgHeaderSize;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  return aligned(original.decode(view, errnoSize).length);
}
