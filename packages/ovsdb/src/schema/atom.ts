import { excerpt, type Json } from "../json.ts";
import { parseUuid, type RowRef, type Uuid } from "./uuid.ts";

/** A single value (RFC 7047 section 5.1). `Write` is wider than `Read` where a row may be named before it exists. */
export interface Atom<Read, Write = Read> {
  readonly name: string;
  /** What a column of this atom holds in a new row. */
  readonly empty: Read;
  /** Throws `ValueError`. */
  decode(json: unknown): Read;
  encode(value: Write): Json;
}

/** A value from the server that is not what the schema says. */
export class ValueError extends Error {
  override readonly name = "ValueError";
  constructor(wanted: string, got: unknown) {
    super(`${wanted} expected, got ${excerpt(got)}`);
  }
}

export const string: Atom<string> = {
  name: "string",
  empty: "",
  decode(json) {
    if (typeof json !== "string") throw new ValueError("a string", json);
    return json;
  },
  encode: (value) => value,
};

/** OVSDB's are 64 bits wide; beyond 2^53 JSON.parse has rounded them already. */
export const integer: Atom<number> = {
  name: "integer",
  empty: 0,
  decode(json) {
    if (typeof json !== "number" || !Number.isInteger(json))
      throw new ValueError("an integer", json);
    return json;
  },
  encode: (value) => value,
};

/** A double; of integers in such a column the server tells no fraction. */
export const real: Atom<number> = {
  name: "real",
  empty: 0,
  decode(json) {
    if (typeof json !== "number" || !Number.isFinite(json)) throw new ValueError("a number", json);
    return json;
  },
  encode: (value) => value,
};

export const boolean: Atom<boolean> = {
  name: "boolean",
  empty: false,
  decode(json) {
    if (typeof json !== "boolean") throw new ValueError("a boolean", json);
    return json;
  },
  encode: (value) => value,
};

/** One of the strings listed; the first is what a new row holds. */
export function oneOf<const V extends readonly [string, ...string[]]>(
  ...values: V
): Atom<V[number]> {
  return {
    name: values.join("|"),
    empty: values[0],
    decode(json) {
      if (!values.includes(json as V[number]))
        throw new ValueError(`one of ${values.join(", ")}`, json);
      return json as V[number];
    },
    encode: (value) => value,
  };
}

/** A reference to a row of another table. */
export const uuid: Atom<Uuid, RowRef> = {
  name: "uuid",
  empty: parseUuid("00000000-0000-0000-0000-000000000000") as Uuid,
  decode(json) {
    const text =
      Array.isArray(json) && json.length === 2 && json[0] === "uuid" ? json[1] : undefined;
    const parsed = typeof text === "string" ? parseUuid(text) : undefined;
    if (!parsed) throw new ValueError("a uuid", json);
    return parsed;
  },
  encode: (value) => (typeof value === "string" ? ["uuid", value] : ["named-uuid", value.named]),
};
