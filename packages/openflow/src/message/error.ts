import { defineMessage } from "./definition.ts";
import { errorNames, niciraErrorNames } from "./error-names.ts";

/** OFPT_ERROR: the switch refuses a message. */
export interface ErrorMessage {
  readonly kind: "error";
  /** The specification's name, such as "OFPBFC_MSG_FAILED"; type and code where it has none. */
  readonly name: string;
  readonly type: number;
  readonly code: number;
  /** Whose error it is where `type` is 0xffff; 0 otherwise. */
  readonly experimenter: number;
  /** The beginning of the message that was refused. */
  readonly data: Uint8Array;
}

const OFPET_EXPERIMENTER = 0xffff;
const NX_VENDOR = 0x00002320;

export const error = defineMessage<ErrorMessage>({
  kind: "error",
  id: { of: 1 },
  encode({ type, code, experimenter, data }, out) {
    out.u16(type);
    out.u16(code);
    if (type === OFPET_EXPERIMENTER) out.u32(experimenter);
    out.bytes(data);
  },
  decode(body) {
    const type = body.u16();
    const code = body.u16();
    const experimenter = type === OFPET_EXPERIMENTER ? body.u32() : 0;
    const name = errorName(type, code, experimenter);
    return { kind: "error", name, type, code, experimenter, data: body.bytes(body.left) };
  },
});

export function errorName(type: number, code: number, experimenter = 0): string {
  const name = experimenter === NX_VENDOR ? niciraErrorNames[code] : errorNames[type]?.[code];
  return name ?? `OFPET_${type}_${code}`;
}
