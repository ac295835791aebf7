import { invariant } from "@antrea/base";
import type { ByteReader, ByteWriter } from "@antrea/wire";
import { textError } from "../text.ts";
import { type FieldName, fieldOf } from "./fields.ts";
import { requireField } from "./parse.ts";
import { decodeFieldId, encodeFieldId } from "./wire.ts";

/** Some adjacent bits of a field; bit 0 is the least significant one. */
export interface Subfield {
  readonly field: FieldName;
  readonly offset: number;
  readonly bits: number;
}

/** Bits `first`..`last` of a field, both included; the whole field without them. */
export function subfield(field: FieldName, first?: number, last = first): Subfield {
  const width = fieldOf(field).bits;
  if (first === undefined || last === undefined) return { field, offset: 0, bits: width };
  invariant(first >= 0 && first <= last && last < width, `${field}[${first}..${last}] exists`);
  return { field, offset: first, bits: last - first + 1 };
}

export function isWhole({ field, offset, bits }: Subfield): boolean {
  return offset === 0 && bits === fieldOf(field).bits;
}

/** As Open vSwitch prints it: `NXM_NX_REG0[0..3]`, `NXM_NX_REG1[]`. */
export function formatSubfield(part: Subfield): string {
  const { nxm } = fieldOf(part.field);
  if (isWhole(part)) return `${nxm}[]`;
  if (part.bits === 1) return `${nxm}[${part.offset}]`;
  return `${nxm}[${part.offset}..${part.offset + part.bits - 1}]`;
}

/** Also `reg0`, `reg0[]` and `reg0[3]`; a sentence for anything else. */
export function parseSubfield(text: string): Subfield {
  const parts = /^\s*([A-Za-z_0-9]+)(?:\[(?:(\d+)(?:\.\.(\d+))?)?\])?\s*$/.exec(text);
  if (!parts) textError(`Expected a field such as NXM_NX_REG0[0..3], saw "${text}"`);
  const field = requireField(parts[1] ?? "");
  if (parts[2] === undefined) return { field: field.name, offset: 0, bits: field.bits };
  const first = Number(parts[2]);
  const last = Number(parts[3] ?? parts[2]);
  if (first > last || last >= field.bits)
    textError(`Expected bits of ${field.name} from 0 to ${field.bits - 1}, saw "${text}"`);
  return { field: field.name, offset: first, bits: last - first + 1 };
}

/** Offset and width as Nicira actions pack them. */
export function encodeBitRange({ offset, bits }: Subfield, out: ByteWriter): void {
  out.u16((offset << 6) | (bits - 1));
}

/** Field id and offset; the width stands elsewhere. */
export function encodeFieldAndOffset(part: Subfield, out: ByteWriter): void {
  encodeFieldId(fieldOf(part.field), out);
  out.u16(part.offset);
}

export function decodeFieldAndOffset(bits: number, body: ByteReader): Subfield {
  const field = decodeFieldId(body);
  return checked({ field: field.name, offset: body.u16(), bits }, body);
}

/** The subfield of a field id and a packed range read before or after it. */
export function unpackBitRange(field: FieldName, packed: number, body: ByteReader): Subfield {
  return checked({ field, offset: packed >> 6, bits: (packed & 0x3f) + 1 }, body);
}

function checked(part: Subfield, body: ByteReader): Subfield {
  if (part.bits === 0 || part.offset + part.bits > fieldOf(part.field).bits)
    body.fail({
      code: "bad-value",
      field: `bits of ${part.field}`,
      value: part.offset + part.bits,
    });
  return part;
}
