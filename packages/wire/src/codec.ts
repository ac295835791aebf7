import { invariant } from "@antrea/base";
import { DecodeError } from "./decode-error.ts";

/** A value's shape on the wire. Both directions come from one definition, so they cannot drift apart. */
export interface Codec<T> {
  /** In bytes; every value of the codec takes the same. */
  readonly size: number;
  encode(value: T, view: DataView, at: number): void;
  decode(view: DataView, at: number): T;
}

export type WireType<C> = C extends Codec<infer T> ? T : never;

/** Unsigned integers in network byte order. Values up to 32 bits are numbers, wider ones bigints. */
export const u8: Codec<number> = {
  size: 1,
  encode: (value, view, at) => view.setUint8(at, value),
  decode: (view, at) => view.getUint8(at),
};
export const u16: Codec<number> = {
  size: 2,
  encode: (value, view, at) => view.setUint16(at, value),
  decode: (view, at) => view.getUint16(at),
};
export const u32: Codec<number> = {
  size: 4,
  encode: (value, view, at) => view.setUint32(at, value >>> 0),
  decode: (view, at) => view.getUint32(at),
};
export const u64: Codec<bigint> = {
  size: 8,
  encode: (value, view, at) => view.setBigUint64(at, value),
  decode: (view, at) => view.getBigUint64(at),
};

/** The same in the byte order of this machine, which netlink uses; x86-64 and arm64 are little-endian. */
export const hostU16: Codec<number> = {
  size: 2,
  encode: (value, view, at) => view.setUint16(at, value, true),
  decode: (view, at) => view.getUint16(at, true),
};
export const hostU32: Codec<number> = {
  size: 4,
  encode: (value, view, at) => view.setUint32(at, value >>> 0, true),
  decode: (view, at) => view.getUint32(at, true),
};
export const hostI32: Codec<number> = {
  size: 4,
  encode: (value, view, at) => view.setInt32(at, value, true),
  decode: (view, at) => view.getInt32(at, true),
};

/** Exactly `size` bytes, as they are. */
export function bytes(size: number): Codec<Uint8Array> {
  return {
    size,
    encode: (value, view, at) =>
      new Uint8Array(view.buffer, view.byteOffset + at, size).set(value.subarray(0, size)),
    decode: (view, at) => new Uint8Array(view.buffer, view.byteOffset + at, size).slice(),
  };
}

/** Bytes that mean nothing: written as zero, and no field of the value. */
export interface Padding extends Codec<undefined> {
  readonly isPadding: true;
}

export function padding(size: number): Padding {
  return { size, isPadding: true, encode: () => {}, decode: () => undefined };
}

/** Takes no bytes: gives a struct's value a constant, such as the `kind` of a union. */
export function literal<const T extends string>(value: T): Codec<T> {
  return { size: 0, encode: () => {}, decode: () => value };
}

/** Holds an integer codec to `min`..`max`, both included: a bug of ours on the way out, the peer's on the way in. */
export function range(codec: Codec<number>, min: number, max: number): Codec<number> {
  return mapped(codec, {
    encode: (value) => {
      invariant(value >= min && value <= max, `${value} is in ${min}..${max}`);
      return value;
    },
    decode: (value, at, view) => {
      if (value < min || value > max)
        throw new DecodeError(
          { code: "bad-value", field: `${min}..${max}`, value },
          at,
          viewBytes(view),
        );
      return value;
    },
  });
}

interface Mapping<A, B> {
  readonly encode: (value: B) => A;
  readonly decode: (value: A, at: number, view: DataView) => B;
}

/** A codec of another type by way of `codec`. */
export function mapped<A, B>(codec: Codec<A>, { encode, decode }: Mapping<A, B>): Codec<B> {
  return {
    size: codec.size,
    encode: (value, view, at) => codec.encode(encode(value), view, at),
    decode: (view, at) => decode(codec.decode(view, at), at, view),
  };
}

/** The same bits under a branded type. */
export function branded<B extends number | bigint>(
  codec: Codec<B extends number ? number : bigint>,
): Codec<B> {
  return codec as unknown as Codec<B>;
}

export function viewBytes(view: DataView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}
