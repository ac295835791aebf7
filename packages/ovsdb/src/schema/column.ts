import type { Json } from "../json.ts";
import { type Atom, ValueError } from "./atom.ts";

/** A column's type: how its values are read, written, compared, and changed by the server's differences. */
export interface Column<Read, Write = Read> {
  readonly name: string;
  /** What a new row holds; the server leaves such columns out. */
  readonly empty: Read;
  /** Throws `ValueError`. */
  decode(json: unknown): Read;
  encode(value: Write): Json;
  equal(a: Read, b: Read): boolean;
  /** The value after a "modify" of update2 (ovsdb-server(7) section 4.1.14). Throws `ValueError`. */
  patch(before: Read, difference: unknown): Read;
}

/** Exactly one value. */
export function one<R, W>(atom: Atom<R, W>): Column<R, W> {
  return {
    name: atom.name,
    empty: atom.empty,
    decode: (json) => atom.decode(json),
    encode: (value) => atom.encode(value),
    equal: (a, b) => a === b,
    patch: (_, difference) => atom.decode(difference),
  };
}

/** One value or none; on the wire a set of at most one. */
export function optional<R, W>(atom: Atom<R, W>): Column<R | undefined, W | undefined> {
  const decode = (json: unknown): R | undefined => {
    const values = decodeSet(atom, json);
    if (values.length > 1) throw new ValueError("at most one value", json);
    return values[0];
  };
  return {
    name: `${atom.name}?`,
    empty: undefined,
    decode,
    encode: (value) => (value === undefined ? ["set", []] : atom.encode(value)),
    equal: (a, b) => a === b,
    patch: (_, difference) => decode(difference),
  };
}

/** Any number of values, each once, in no order. A difference lists those that came or went. */
export function set<R, W>(atom: Atom<R, W>): Column<ReadonlySet<R>, Iterable<W>> {
  return {
    name: `set of ${atom.name}`,
    empty: new Set(),
    decode: (json) => new Set(decodeSet(atom, json)),
    encode: (values) => ["set", Array.from(values, (v) => atom.encode(v))],
    equal: (a, b) => a.size === b.size && a.isSubsetOf(b),
    patch: (before, difference) => before.symmetricDifference(new Set(decodeSet(atom, difference))),
  };
}

/**
 * Keys with a value each. In a difference, a pair that is there already goes, a known key with another
 * value changes, and an unknown key comes.
 */
export function map<RK, WK, RV, WV>(
  key: Atom<RK, WK>,
  value: Atom<RV, WV>,
): Column<ReadonlyMap<RK, RV>, Iterable<readonly [WK, WV]>> {
  const decode = (json: unknown): ReadonlyMap<RK, RV> => {
    const pairs =
      Array.isArray(json) && json.length === 2 && json[0] === "map"
        ? (json[1] as unknown)
        : undefined;
    if (!Array.isArray(pairs)) throw new ValueError("a map", json);
    return new Map(
      pairs.map((pair: unknown) => {
        if (!Array.isArray(pair) || pair.length !== 2) throw new ValueError("a pair", pair);
        return [key.decode(pair[0]), value.decode(pair[1])];
      }),
    );
  };
  return {
    name: `map of ${key.name} to ${value.name}`,
    empty: new Map(),
    decode,
    encode: (pairs) => ["map", Array.from(pairs, ([k, v]) => [key.encode(k), value.encode(v)])],
    equal: (a, b) => a.size === b.size && [...a].every(([k, v]) => b.get(k) === v),
    patch(before, difference) {
      const after = new Map(before);
      for (const [k, v] of decode(difference)) {
        if (after.get(k) === v) after.delete(k);
        else after.set(k, v);
      }
      return after;
    },
  };
}

function decodeSet<R>(atom: Atom<R, never>, json: unknown): R[] {
  const values =
    Array.isArray(json) && json.length === 2 && json[0] === "set" ? (json[1] as unknown) : [json];
  if (!Array.isArray(values)) throw new ValueError(`a set of ${atom.name}`, json);
  return values.map((v: unknown) => atom.decode(v));
}
