import { fieldOf } from "../match/fields.ts";
import { formatSubfield, parseSubfield, type Subfield } from "../match/subfield.ts";
import { decodeFieldId, encodeFieldId } from "../match/wire.ts";
import { requireNumber, textError } from "../text.ts";
import { requireArgument } from "./action-text.ts";
import { defineAction } from "./definition.ts";

/** NXAST_CHECK_PKT_LARGER: writes to one bit whether the packet has more than `size` bytes. */
export interface CheckPacketLarger {
  readonly kind: "checkPacketLarger";
  readonly size: number;
  /** One bit. */
  readonly destination: Subfield;
}

export const checkPacketLarger = defineAction<CheckPacketLarger>({
  kind: "checkPacketLarger",
  words: ["check_pkt_larger"],
  forms: [
    {
      id: { nx: 49 },
      encode({ size, destination }, out) {
        out.u16(size);
        out.u16(destination.offset);
        encodeFieldId(fieldOf(destination.field), out);
        out.zeros(6);
      },
      decode(body) {
        const size = body.u16();
        const offset = body.u16();
        const { name } = decodeFieldId(body);
        return {
          kind: "checkPacketLarger",
          size,
          destination: { field: name, offset, bits: 1 },
        };
      },
    },
  ],
  format: ({ size, destination }) => `check_pkt_larger(${size})->${formatSubfield(destination)}`,
  parse(text) {
    const destination = parseSubfield(text.tail);
    if (destination.bits !== 1) textError(`Expected one bit as the result of "${text.text}"`);
    return {
      kind: "checkPacketLarger",
      size: requireNumber(requireArgument(text), "a size", 0xffff),
      destination,
    };
  },
});
