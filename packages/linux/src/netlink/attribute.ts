import {
  type IpAddress,
  ipFromBytes,
  ipToBytes,
  type MacAddress,
  macFromBytes,
  macToBytes,
} from "@antrea/net";
import { type Codec, DecodeError, hostI32, hostU16, hostU32, u8 } from "@antrea/wire";
import { aligned, viewOf } from "./message.ts";

/** A value of any size: the payload of an attribute or of a message. */
export interface PayloadCodec<T> {
  encode(value: T): Uint8Array;
  decode(payload: Uint8Array): T;
}

/** One kind of attribute (`struct nlattr`): its number and what it holds. */
export interface Attribute<T> {
  readonly type: number;
  readonly payload: PayloadCodec<T>;
}

// oxlint-disable-next-line typescript/no-explicit-any -- an attribute is both consumer and producer of its type
type Attributes = Readonly<Record<string, Attribute<any>>>;
export type AttributeValues<A extends Attributes> = {
  readonly [K in keyof A]?: (A[K] extends Attribute<infer T> ? T : never) | undefined;
};

const attributeHeaderSize = 4;
const typeMask = 0x3fff; // NLA_TYPE_MASK: without NLA_F_NESTED and NLA_F_NET_BYTEORDER

export function attribute<T>(type: number, payload: PayloadCodec<T>): Attribute<T> {
  return { type, payload };
}

/**
 * A list of attributes by name. Encodes those that are defined, in the order of the definition;
 * decodes those it knows and passes over the others, since each kernel adds some.
 */
export function attributes<const A extends Attributes>(
  definition: A,
): PayloadCodec<AttributeValues<A>> {
  const entries = Object.entries(definition);
  const byType = new Map(entries.map(([name, a]) => [a.type & typeMask, { name, ...a }]));
  return {
    encode: (values) =>
      concat(
        entries.flatMap(([name, { type, payload }]) => {
          const value: unknown = values[name];
          return value === undefined ? [] : [encodeAttribute(type, payload.encode(value))];
        }),
      ),
    decode(bytes) {
      const values: Record<string, unknown> = {};
      for (const { type, payload } of splitAttributes(bytes)) {
        const known = byType.get(type);
        if (known) values[known.name] = known.payload.decode(payload);
      }
      return values as AttributeValues<A>;
    },
  };
}

/** Attributes of one kind after another, whatever their numbers: a list of set elements or rules. */
export function attributeList<T>(
  type: number,
  payload: PayloadCodec<T>,
): PayloadCodec<readonly T[]> {
  return {
    encode: (values) => concat(values.map((v) => encodeAttribute(type, payload.encode(v)))),
    decode: (bytes) => splitAttributes(bytes).map((a) => payload.decode(a.payload)),
  };
}

/** A fixed header followed by attributes: the payload of every rtnetlink and nfnetlink message. */
export function body<H extends object, A extends object>(
  header: Codec<H>,
  rest: PayloadCodec<A>,
): PayloadCodec<H & { readonly attributes: A }> {
  return {
    encode(value) {
      const head = new Uint8Array(aligned(header.size));
      header.encode(value, viewOf(head), 0);
      return concat([head, rest.encode(value.attributes)]);
    },
    decode(payload) {
      const head = header.decode(viewOf(payload), 0);
      return { ...head, attributes: rest.decode(payload.subarray(aligned(header.size))) };
    },
  };
}

/** The payload is one value of a fixed size. */
export function fixed<T>(codec: Codec<T>): PayloadCodec<T> {
  return {
    encode(value) {
      const bytes = new Uint8Array(codec.size);
      codec.encode(value, viewOf(bytes), 0);
      return bytes;
    },
    decode(bytes) {
      requireSize(bytes, codec.size);
      return codec.decode(viewOf(bytes), 0);
    },
  };
}

export const byte = fixed(u8);
export const short = fixed(hostU16);
export const word = fixed(hostU32);
export const signedWord = fixed(hostI32);
export const raw: PayloadCodec<Uint8Array> = { encode: (v) => v, decode: (bytes) => bytes.slice() };
/** Present or not, without a value. */
export const flag: PayloadCodec<true> = { encode: () => new Uint8Array(), decode: () => true };

/** Text that ends in a zero byte. */
export const text: PayloadCodec<string> = {
  encode: (value) => new TextEncoder().encode(`${value}\0`),
  decode(bytes) {
    const end = bytes.indexOf(0);
    return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
  },
};

/** Text that fills its attribute, as iproute2 writes a link's kind. */
export const bareText: PayloadCodec<string> = {
  encode: (value) => new TextEncoder().encode(value),
  decode: text.decode,
};

export const mac: PayloadCodec<MacAddress> = {
  encode: macToBytes,
  decode(bytes) {
    requireSize(bytes, 6);
    return macFromBytes(bytes);
  },
};

/** Four bytes for IPv4, sixteen for IPv6. */
export const ip: PayloadCodec<IpAddress> = {
  encode: ipToBytes,
  decode(bytes) {
    requireSize(bytes, bytes.length > 4 ? 16 : 4);
    return ipFromBytes(bytes);
  },
};

export interface RawAttribute {
  readonly type: number;
  readonly payload: Uint8Array;
}

export function encodeAttribute(type: number, payload: Uint8Array): Uint8Array {
  const size = attributeHeaderSize + payload.length;
  const bytes = new Uint8Array(aligned(size));
  const view = viewOf(bytes);
  hostU16.encode(size, view, 0);
  hostU16.encode(type, view, 2);
  bytes.set(payload, attributeHeaderSize);
  return bytes;
}

export function splitAttributes(bytes: Uint8Array): readonly RawAttribute[] {
  const found: RawAttribute[] = [];
  const view = viewOf(bytes);
  for (let at = 0; at < bytes.length; ) {
    const got = bytes.length - at;
    if (got < attributeHeaderSize)
      throw new DecodeError({ code: "truncated", wanted: attributeHeaderSize, got }, at, bytes);
    const size = hostU16.decode(view, at);
    if (size < attributeHeaderSize)
      throw new DecodeError({ code: "bad-length", declared: size }, at, bytes);
    if (size > got) throw new DecodeError({ code: "truncated", wanted: size, got }, at, bytes);
    found.push({
      type: hostU16.decode(view, at + 2) & typeMask,
      payload: bytes.subarray(at + attributeHeaderSize, at + size),
    });
    at += aligned(size);
  }
  return found;
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function requireSize(bytes: Uint8Array, wanted: number): void {
  if (bytes.length < wanted)
    throw new DecodeError({ code: "truncated", wanted, got: bytes.length }, 0, bytes);
}
