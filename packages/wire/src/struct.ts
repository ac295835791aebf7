import { type Codec, type Padding, viewBytes, type WireType } from "./codec.ts";
import { DecodeError } from "./decode-error.ts";

// any: a codec is both consumer and producer of its type
// oxlint-disable-next-line typescript/no-explicit-any
type Fields = Readonly<Record<string, Codec<any>>>;
type PaddingNames<F extends Fields> = { [K in keyof F]: F[K] extends Padding ? K : never }[keyof F];
export type ValueOf<F extends Fields> = {
  readonly [K in Exclude<keyof F, PaddingNames<F>>]: WireType<F[K]>;
};

/** Lays the fields out in the order written, without gaps: padding is a field with a name. */
export function struct<const F extends Fields>(fields: F): Codec<ValueOf<F>> {
  let size = 0;
  const slots = Object.entries(fields).map(([name, codec]) => {
    const offset = size;
    size += codec.size;
    return { name, codec, offset, isPadding: "isPadding" in codec };
  });
  return {
    size,
    encode(value, view, at) {
      for (const s of slots)
        s.codec.encode((value as Record<string, unknown>)[s.name], view, at + s.offset);
    },
    decode(view, at) {
      if (at + size > view.byteLength) {
        throw new DecodeError(
          { code: "truncated", wanted: size, got: view.byteLength - at },
          at,
          viewBytes(view),
        );
      }
      const value: Record<string, unknown> = {};
      for (const s of slots) if (!s.isPadding) value[s.name] = s.codec.decode(view, at + s.offset);
      return value as ValueOf<F>;
    },
  };
}
