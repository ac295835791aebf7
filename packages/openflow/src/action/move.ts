import { fieldOf } from "../match/fields.ts";
import { formatSubfield, parseSubfield, type Subfield } from "../match/subfield.ts";
import { decodeOxmHeader, encodeOxmHeader } from "../match/wire.ts";
import { textError } from "../text.ts";
import { requireArgument, splitArrow } from "./action-text.ts";
import { defineAction } from "./definition.ts";

/** OFPAT_COPY_FIELD: copies bits from one field to as many bits of another. */
export interface Move {
  readonly kind: "move";
  readonly source: Subfield;
  readonly destination: Subfield;
}

export const move = defineAction<Move>({
  kind: "move",
  words: ["move"],
  forms: [
    {
      id: { of: 28 },
      encode({ source, destination }, out) {
        out.u16(source.bits);
        out.u16(source.offset);
        out.u16(destination.offset);
        out.zeros(2);
        encodeOxmHeader(fieldOf(source.field), false, out);
        encodeOxmHeader(fieldOf(destination.field), false, out);
      },
      decode(body) {
        const bits = body.u16();
        const offsets = [body.u16(), body.u16()] as const;
        body.skip(2);
        const [source, destination] = [decodeOxmHeader(body).field, decodeOxmHeader(body).field];
        if (!source || !destination) return body.fail({ code: "unknown-type", type: 28 });
        return {
          kind: "move",
          source: { field: source.name, offset: offsets[0], bits },
          destination: { field: destination.name, offset: offsets[1], bits },
        };
      },
    },
  ],
  format: ({ source, destination }) =>
    `move:${formatSubfield(source)}->${formatSubfield(destination)}`,
  parse(text) {
    const [from, to] = splitArrow(requireArgument(text));
    const [source, destination] = [parseSubfield(from), parseSubfield(to)];
    if (source.bits !== destination.bits)
      textError(`Expected as many bits on both sides of "${text.text}"`);
    return { kind: "move", source, destination };
  },
});
