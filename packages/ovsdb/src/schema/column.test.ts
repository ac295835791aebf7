import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Json } from "../json.ts";
import { boolean, integer, oneOf, real, string, uuid, ValueError } from "./atom.ts";
import { type Column, map, one, optional, set } from "./column.ts";
import type { Uuid } from "./uuid.ts";

const anyUuid = fc.uuid().map((u) => u as Uuid);

/** A column, its values, and what the server says when one becomes another (its datum's difference). */
interface Case<T> {
  readonly column: Column<T, never>;
  readonly values: fc.Arbitrary<T>;
  difference(before: T, after: T): Json;
}

const encodeWith = <T>(column: Column<T, never>, value: T): Json => column.encode(value as never);
const newValue =
  <T>(column: Column<T, never>) =>
  (_: T, after: T): Json =>
    encodeWith(column, after);

const stringSet = set(string);
const uuidSet = set(uuid);
const stringMap = map(string, string);
const tableMap = map(integer, uuid);

function mapDifference<K, V>(before: ReadonlyMap<K, V>, after: ReadonlyMap<K, V>): [K, V][] {
  const gone = [...before].filter(([k]) => !after.has(k));
  const come = [...after].filter(([k, v]) => before.get(k) !== v);
  return [...gone, ...come];
}

// any: the cases have values of different types
// oxlint-disable-next-line typescript/no-explicit-any
const cases: readonly Case<any>[] = [
  { column: one(string), values: fc.string(), difference: newValue(one(string)) },
  { column: one(integer), values: fc.maxSafeInteger(), difference: newValue(one(integer)) },
  {
    column: one(real),
    values: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
    difference: newValue(one(real)),
  },
  { column: one(boolean), values: fc.boolean(), difference: newValue(one(boolean)) },
  {
    column: optional(oneOf("up", "down")),
    values: fc.constantFrom(undefined, "up", "down"),
    difference: newValue(optional(oneOf("up", "down"))),
  },
  {
    column: optional(uuid),
    values: fc.option(anyUuid, { nil: undefined }),
    difference: newValue(optional(uuid)),
  },
  {
    column: stringSet,
    values: fc.uniqueArray(fc.string()).map((v) => new Set(v)),
    difference: (a: Set<string>, b: Set<string>) => stringSet.encode(a.symmetricDifference(b)),
  },
  {
    column: uuidSet,
    values: fc.uniqueArray(anyUuid).map((v) => new Set(v)),
    difference: (a: Set<Uuid>, b: Set<Uuid>) => uuidSet.encode(a.symmetricDifference(b)),
  },
  {
    column: stringMap,
    values: fc
      .array(fc.tuple(fc.constantFrom("a", "b", "c", "d"), fc.string()))
      .map((v) => new Map(v)),
    difference: (a: Map<string, string>, b: Map<string, string>) =>
      stringMap.encode(mapDifference(a, b)),
  },
  {
    column: tableMap,
    values: fc.array(fc.tuple(fc.nat(5), anyUuid)).map((v) => new Map(v)),
    difference: (a: Map<number, Uuid>, b: Map<number, Uuid>) =>
      tableMap.encode(mapDifference(a, b)),
  },
];

for (const { column, values, difference } of cases) {
  test(`${column.name}: decode() gives back what encode() wrote, also as JSON text`, () => {
    fc.assert(
      fc.property(values, (value) => {
        const json: unknown = JSON.parse(JSON.stringify(encodeWith(column, value)));
        assert.ok(column.equal(column.decode(json), value));
      }),
    );
  });

  test(`${column.name}: patch() makes the new value of the old one and their difference`, () => {
    fc.assert(
      fc.property(values, values, (before, after) => {
        const patched: unknown = column.patch(before, difference(before, after));
        assert.ok(column.equal(patched, after));
      }),
    );
  });

  test(`${column.name}: decode() and patch() throw ValueError, and nothing else, on any JSON`, () => {
    fc.assert(
      fc.property(fc.jsonValue(), values, (json, before) => {
        for (const attempt of [() => column.decode(json), () => column.patch(before, json)]) {
          try {
            attempt();
          } catch (error) {
            assert.ok(error instanceof ValueError, String(error));
          }
        }
      }),
    );
  });
}

test("set(): a single value may stand without its wrapper", () => {
  assert.deepEqual(set(string).decode("x"), new Set(["x"]));
  assert.deepEqual(optional(integer).decode(3), 3);
  assert.deepEqual(optional(integer).decode(["set", []]), undefined);
});

test("uuid: a row that is yet to be inserted is written by its name", () => {
  assert.deepEqual(uuid.encode({ named: "port_1" }), ["named-uuid", "port_1"]);
});

test("map(): a key named __proto__ is a key like any other", () => {
  const column = map(string, string);
  const json: unknown = JSON.parse('["map",[["__proto__","x"]]]');
  assert.equal(column.decode(json).get("__proto__"), "x");
  assert.equal(({} as Record<string, unknown>)["x"], undefined);
});
