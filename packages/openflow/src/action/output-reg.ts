import {
  encodeBitRange,
  formatSubfield,
  parseSubfield,
  type Subfield,
  unpackBitRange,
} from "../match/subfield.ts";
import { fieldOf } from "../match/fields.ts";
import { decodeFieldId, encodeFieldId } from "../match/wire.ts";
import { requireArgument } from "./action-text.ts";
import { defineAction } from "./definition.ts";

/** NXAST_OUTPUT_REG: sends the packet out of the port whose number a field holds. */
export interface OutputReg {
  readonly kind: "outputReg";
  readonly source: Subfield;
}

export const outputReg = defineAction<OutputReg>({
  kind: "outputReg",
  words: ["output_reg"],
  forms: [
    {
      id: { nx: 15 },
      encode({ source }, out) {
        encodeBitRange(source, out);
        encodeFieldId(fieldOf(source.field), out);
        out.u16(0xffff); // all of the packet, should the port be the controller
        out.zeros(6);
      },
      decode(body) {
        const range = body.u16();
        return {
          kind: "outputReg",
          source: unpackBitRange(decodeFieldId(body).name, range, body),
        };
      },
    },
  ],
  format: ({ source }) => `output:${formatSubfield(source)}`,
  parse: (text) => ({ kind: "outputReg", source: parseSubfield(requireArgument(text)) }),
});
