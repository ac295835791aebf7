import { invariant } from "@antrea/base";
import { type FieldName, fieldOf } from "../match/fields.ts";
import { requireField } from "../match/parse.ts";
import { parseSubfield, type Subfield } from "../match/subfield.ts";
import { formatValue, parseInteger, parseValue } from "../match/value-text.ts";
import { decodeOxm, encodeOxm } from "../match/wire.ts";
import { textError } from "../text.ts";
import { type ActionText, requireArgument, splitArrow } from "./action-text.ts";
import { defineAction } from "./definition.ts";

/** OFPAT_SET_FIELD: writes the bits of a field that `mask` has set. OpenFlow 1.5 has no other way to load a value. */
export interface SetField {
  readonly kind: "setField";
  readonly field: FieldName;
  /** Bits outside the mask are zero. */
  readonly value: bigint;
  /** Absent to write the whole field. */
  readonly mask?: bigint;
}

/** In canonical form: no mask where it covers the field, no value outside of it. */
export function makeSetField(field: FieldName, value: bigint, mask?: bigint): SetField {
  if (field === "nw_tos") return makeSetField("ip_dscp", value >> 2n);
  const { exact, writable } = fieldOf(field);
  invariant(writable, `${field} can be written`);
  invariant((value & ~exact) === 0n, `${value} fits ${field}`);
  if (mask === undefined || (mask & exact) === exact) return { kind: "setField", field, value };
  invariant(mask !== 0n, `A write to ${field} writes some bits`);
  return { kind: "setField", field, value: value & mask, mask };
}

/** Writes `value` into some bits of a field; Open vSwitch gives it back as a masked `set_field`. */
export function loadInto({ field, offset, bits }: Subfield, value: bigint): SetField {
  const mask = (1n << BigInt(bits)) - 1n;
  invariant((value & ~mask) === 0n, `${value} fits ${bits} bits of ${field}`);
  return makeSetField(field, value << BigInt(offset), mask << BigInt(offset));
}

export const setField = defineAction<SetField>({
  kind: "setField",
  words: ["set_field", "load"],
  forms: [
    {
      id: { of: 25 },
      encode: ({ field, value, mask }, out) =>
        encodeOxm(mask === undefined ? { field, value } : { field, value, mask }, out),
      decode(body) {
        const at = body.at;
        const written = decodeOxm(body);
        if (!written) {
          return body.fail({ code: "unknown-type", type: body.view.getUint32(at) }, body.at - at);
        }
        return { kind: "setField", ...written };
      },
    },
  ],
  format: (action, names) =>
    `set_field:${formatValue(fieldOf(action.field), action, names)}->${action.field}`,
  parse(text, names) {
    const [source, destination] = splitArrow(requireArgument(text));
    if (text.word === "load") return parseLoad(source, destination, text);
    const field = requireField(destination);
    const written = parseValue(field, source, names);
    if (!written) textError(`Expected a value of ${field.name}, saw "${source}"`);
    if (!field.writable) textError(`${field.name} is read-only: an action cannot write it`);
    return makeSetField(field.name, written.value, written.mask);
  },
});

function parseLoad(source: string, destination: string, text: ActionText): SetField {
  const value = parseInteger(source);
  const into = parseSubfield(destination);
  if (value === undefined || value >> BigInt(into.bits) !== 0n)
    textError(`Expected a number of at most ${into.bits} bits in "${text.text}"`);
  return loadInto(into, value);
}
