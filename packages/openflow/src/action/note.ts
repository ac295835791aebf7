import { fromHex, toHex } from "@antrea/wire";
import { formatDotted, parseDotted } from "./controller.ts";
import { requireArgument } from "./action-text.ts";
import { defineAction } from "./definition.ts";

/** NXAST_NOTE: does nothing; carries bytes for whoever reads the flow. */
export interface Note {
  readonly kind: "note";
  /** Hexadecimal digits of 6, 14, 22 … bytes: what fills an action of a multiple of eight. */
  readonly data: string;
}

/** Fills `data` up with zeros, as the wire does. */
export function makeNote(data: string): Note {
  const size = data.length / 2;
  const padded = size <= 6 ? 6 : 6 + Math.ceil((size - 6) / 8) * 8;
  return { kind: "note", data: data.padEnd(2 * padded, "0") };
}

export const note = defineAction<Note>({
  kind: "note",
  words: ["note"],
  forms: [
    {
      id: { nx: 8 },
      encode: ({ data }, out) => out.bytes(fromHex(data) ?? new Uint8Array(6)),
      decode: (body) => ({ kind: "note", data: toHex(body.bytes(body.left)) }),
    },
  ],
  format: ({ data }) => `note:${formatDotted(data)}`,
  parse: (text) => makeNote(parseDotted(requireArgument(text))),
});
