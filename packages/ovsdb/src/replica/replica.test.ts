import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { integer, string } from "../schema/atom.ts";
import { map, one, set } from "../schema/column.ts";
import { defineTable, pickColumns } from "../schema/table.ts";
import type { Uuid } from "../schema/uuid.ts";
import { type ReplicaChange, replicaWriter } from "./replica.ts";
import { parseTableUpdates, type RowUpdate } from "./table-updates.ts";
import { waitFor } from "./wait-for.ts";

const thing = defineTable(
  "Thing",
  { name: one(string), size: one(integer), tags: set(string), notes: map(string, string) },
  { indexes: ["name"] },
);
const id = (n: number): Uuid => `00000000-0000-0000-0000-${String(n).padStart(12, "0")}` as Uuid;
const update = (n: number, kind: RowUpdate["kind"], row: RowUpdate["row"] = {}): RowUpdate => ({
  table: "Thing",
  uuid: id(n),
  kind,
  row,
});

function observed() {
  const problems: string[] = [];
  const changes: ReplicaChange[] = [];
  const writer = replicaWriter({ tables: [thing], onProblem: (p) => problems.push(p) });
  writer.replica.onChange((change) => changes.push(change));
  return { writer, replica: writer.replica, problems, changes };
}

test("replicaWriter() fills what an inserted row leaves out, and finds it by index", () => {
  const { writer, replica } = observed();
  writer.apply([update(1, "insert", { name: "a" })]);
  assert.deepEqual(replica.findBy(thing, "name", "a"), {
    uuid: id(1),
    name: "a",
    size: 0,
    tags: new Set(),
    notes: new Map(),
  });
  assert.equal(replica.find(thing, id(2)), undefined);
});

test("replicaWriter() applies differences of sets and maps, and new values of the rest", () => {
  const { writer, replica } = observed();
  writer.apply([
    update(1, "insert", {
      name: "a",
      size: 1,
      tags: ["set", ["x", "y"]],
      notes: [
        "map",
        [
          ["k", "1"],
          ["l", "2"],
        ],
      ],
    }),
  ]);
  writer.apply([
    update(1, "modify", {
      size: 2,
      tags: ["set", ["y", "z"]],
      notes: [
        "map",
        [
          ["k", "1"],
          ["l", "3"],
          ["m", "4"],
        ],
      ],
    }),
  ]);
  const row = replica.find(thing, id(1));
  assert.equal(row?.size, 2);
  assert.deepEqual(row?.tags, new Set(["x", "z"]));
  assert.deepEqual(
    row?.notes,
    new Map([
      ["l", "3"],
      ["m", "4"],
    ]),
  );
});

test("replicaWriter() tells listeners of a transaction once, when all of it is in", () => {
  const { writer, replica, changes } = observed();
  const seen: number[] = [];
  replica.onChange(() => seen.push(replica.rows(thing).size));
  writer.apply([update(1, "insert", { name: "a" }), update(2, "insert", { name: "b" })]);
  assert.deepEqual(seen, [2]);
  assert.equal(changes.length, 1);
  assert.equal(changes[0]?.[0]?.before, undefined);
});

test("replicaWriter() keeps the index right when a name moves to another row in one transaction", () => {
  const { writer, replica } = observed();
  writer.apply([update(1, "insert", { name: "a" })]);
  writer.apply([update(2, "insert", { name: "a" }), update(1, "delete")]);
  assert.equal(replica.findBy(thing, "name", "a")?.uuid, id(2));
  writer.apply([update(2, "delete")]);
  assert.equal(replica.findBy(thing, "name", "a"), undefined);
});

test("replicaWriter() refuses changes of rows that it does not have, and changes nothing", () => {
  const { writer, replica, changes } = observed();
  assert.equal(
    writer.apply([update(1, "insert", { name: "a" }), update(9, "modify", { size: 1 })]),
    false,
  );
  assert.equal(replica.rows(thing).size, 0);
  assert.deepEqual(changes, []);
});

test("replicaWriter().replace() tells only what differs, and keeps the rows that do not", () => {
  const { writer, replica, changes } = observed();
  writer.apply([
    update(1, "insert", { name: "a" }),
    update(2, "insert", { name: "b" }),
    update(3, "insert", { name: "c" }),
  ]);
  const kept = replica.find(thing, id(1));
  changes.length = 0;
  writer.replace([
    update(1, "initial", { name: "a" }),
    update(2, "initial", { name: "b", size: 5 }),
    update(4, "initial", { name: "d" }),
  ]);

  assert.equal(replica.find(thing, id(1)), kept);
  assert.deepEqual(
    changes.flat().map((c) => [c.uuid, c.before !== undefined, c.row !== undefined]),
    [
      [id(2), true, true],
      [id(4), false, true],
      [id(3), true, false],
    ],
  );
  changes.length = 0;
  writer.replace(
    [...replica.rows(thing).values()].map((r, i) =>
      update([1, 2, 4][i] ?? 0, "initial", { name: r.name, size: r.size }),
    ),
  );
  assert.deepEqual(changes, []);
});

test("replicaWriter() keeps a column whose new value is not of its type, and says so", () => {
  const { writer, replica, problems } = observed();
  writer.apply([update(1, "insert", { name: "a", size: "big" })]);
  writer.apply([update(1, "modify", { name: 7, size: 3 })]);
  assert.deepEqual(replica.find(thing, id(1)), {
    uuid: id(1),
    name: "a",
    size: 3,
    tags: new Set(),
    notes: new Map(),
  });
  assert.equal(problems.length, 2);
  assert.match(problems[0] ?? "", /Thing.size of .*an integer expected, got "big"/);
});

test("Replica refuses a table or column that is not monitored", () => {
  const few = replicaWriter({
    tables: [pickColumns(thing, "name")],
    onProblem: assert.fail,
  }).replica;
  assert.equal(few.rows(pickColumns(thing, "name")).size, 0);
  assert.throws(() => few.rows(thing), /all columns asked of Thing are monitored/);
  assert.throws(() => few.rows(defineTable("Other", {})), /table Other is monitored/);
});

test("parseTableUpdates() throws on no JSON, and reports what it leaves out", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (json) => {
      for (const { uuid } of parseTableUpdates(json, () => {})) assert.equal(uuid.length, 36);
    }),
  );
  const problems: string[] = [];
  parseTableUpdates({ Thing: { nonsense: { insert: {} }, [id(1)]: { gone: 1 } }, Other: 3 }, (p) =>
    problems.push(p),
  );
  assert.equal(problems.length, 3);
});

test("incremental changes and a whole replacement give the same rows", () => {
  const name = fc.constantFrom("a", "b", "c");
  const step = fc.record({ n: fc.nat(4), name, size: fc.nat(3), isGone: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const incremental = observed();
      const truth = new Map<number, { name: string; size: number }>();
      for (const { n, name: rowName, size, isGone } of steps) {
        const kind = isGone ? "delete" : truth.has(n) ? "modify" : "insert";
        if (isGone && !truth.has(n)) continue;
        if (isGone) truth.delete(n);
        else truth.set(n, { name: rowName, size });
        incremental.writer.apply([update(n, kind, isGone ? {} : { name: rowName, size })]);
      }
      const whole = observed();
      whole.writer.replace([...truth].map(([n, row]) => update(n, "initial", row)));
      assert.deepEqual(incremental.replica.rows(thing), whole.replica.rows(thing));
    }),
  );
});

test("waitFor() resolves at once, or after the change that makes it so", async () => {
  const { writer, replica } = observed();
  const { signal } = new AbortController();
  const found = waitFor(replica, (r) => r.findBy(thing, "name", "a"), { signal });
  writer.apply([update(1, "insert", { name: "b" })]);
  writer.apply([update(2, "insert", { name: "a" })]);
  assert.equal((await found).uuid, id(2));
  assert.equal(
    (await waitFor(replica, (r) => r.findBy(thing, "name", "b"), { signal })).uuid,
    id(1),
  );
});

test("waitFor() rejects with the signal's reason, or what the search throws, and stops looking", async () => {
  const { writer, replica } = observed();
  let looks = 0;
  const controller = new AbortController();
  const look = (): undefined => void looks++;
  const aborted = waitFor(replica, look, { signal: controller.signal });
  controller.abort(new Error("enough"));
  await assert.rejects(aborted, /enough/);
  writer.apply([update(1, "insert", { name: "a" })]);
  assert.equal(looks, 1);

  const broken = (): undefined => {
    throw new Error("broken");
  };
  await assert.rejects(
    waitFor(replica, broken, { signal: new AbortController().signal }),
    /broken/,
  );
});
