import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { indexedStore } from "./store.ts";

interface Row {
  readonly node: string;
  readonly ip?: string;
}

function podStore() {
  const errors: string[] = [];
  const { store, writer } = indexedStore<Row, "node" | "ip">({
    indexes: { node: (row) => [row.node], ip: (row) => [row.ip] },
    onError: (sentence) => errors.push(sentence),
  });
  const changes: unknown[] = [];
  store.onChange((...change) => changes.push(change));
  return { store, writer, changes, errors };
}

test("StoreWriter.replace() swaps the whole store before it tells anybody", () => {
  const { store, writer } = podStore();
  writer.replace(new Map([["a", { node: "1" }]]));
  const seen: string[][] = [];
  store.onChange((_key, before) => before && seen.push([...store.keys()].sort()));
  writer.replace(
    new Map([
      ["b", { node: "1" }],
      ["c", { node: "2" }],
    ]),
  );
  assert.deepEqual(seen, [["b", "c"]]);
  assert.deepEqual(store.keysBy("node", "1"), ["b"]);
});

test("StoreWriter.replace() tells of what changed only, and keeps what could not be read", () => {
  const { store, writer, changes } = podStore();
  const before = new Map<string, Row>([
    ["same", { node: "1" }],
    ["bad", { node: "1" }],
    ["gone", { node: "1" }],
  ]);
  writer.replace(before);
  changes.length = 0;
  const same = store.get("same");
  writer.replace(new Map([["same", { node: "1" }]]), new Set(["bad", "never-seen"]));
  assert.deepEqual(changes, [["gone", { node: "1" }, undefined]]);
  assert.deepEqual([...store.keys()], ["same", "bad"]);
  assert.equal(store.get("same"), same);
});

test("StoreWriter.put() of an equal record is no change", () => {
  const { writer, changes } = podStore();
  writer.put("a", { node: "1", ip: "10.0.0.1" });
  writer.put("a", { node: "1", ip: "10.0.0.1" });
  writer.put("a", { node: "1" });
  writer.remove("a");
  writer.remove("a");
  assert.equal(changes.length, 3);
});

test("Store.by() equals a scan of the store, whatever was written", () => {
  const key = fc.constantFrom("a", "b", "c", "d");
  const row: fc.Arbitrary<Row> = fc.record(
    { node: fc.constantFrom("1", "2"), ip: fc.constantFrom("x", "y", "z") },
    { requiredKeys: ["node"] },
  );
  const put = fc.tuple(fc.constant("put" as const), key, row);
  const remove = fc.tuple(fc.constant("remove" as const), key);
  const replace = fc.tuple(fc.constant("replace" as const), fc.dictionary(key, row));
  fc.assert(
    fc.property(fc.array(fc.oneof(put, remove, replace)), (steps) => {
      const { store, writer, changes } = podStore();
      const mirror = new Map<unknown, unknown>();
      for (const step of steps) {
        if (step[0] === "put") writer.put(step[1], step[2]);
        else if (step[0] === "remove") writer.remove(step[1]);
        else writer.replace(new Map(Object.entries(step[1])));
      }
      for (const [index, values] of [
        ["node", ["1", "2"]],
        ["ip", ["x", "y", "z"]],
      ] as const)
        for (const value of values) {
          const scan = [...store.entries()].filter(([, row]) => row[index] === value);
          assert.deepEqual([...store.keysBy(index, value)].sort(), scan.map(([k]) => k).sort());
          assert.equal(store.by(index, value).length, scan.length);
        }
      for (const [k, , after] of changes as [string, unknown, unknown][])
        if (after === undefined) mirror.delete(k);
        else mirror.set(k, after);
      assert.deepEqual(mirror, new Map(store.entries()), "changes lead to the same state");
    }),
  );
});

test("Store.onChange() begins with what is there and ends when told", () => {
  const { store, writer } = podStore();
  writer.put("a", { node: "1" });
  const keys: string[] = [];
  const end = store.onChange((key) => keys.push(key));
  writer.put("b", { node: "1" });
  end();
  writer.put("c", { node: "1" });
  assert.deepEqual(keys, ["a", "b"]);
});

test("Store.onChange() reports a listener that throws, and goes on with the others", () => {
  const { store, writer, changes, errors } = podStore();
  store.onChange(() => {
    throw new Error("broken");
  });
  const late: string[] = [];
  store.onChange((key) => late.push(key));
  writer.put("a", { node: "1" });
  assert.deepEqual(errors, ["A listener failed on a: broken"]);
  assert.equal(changes.length + late.length, 2);
});

test("Store.waitFor() resolves with the first truthy answer, now or later", async () => {
  const { store, writer } = podStore();
  const row = store.waitFor((rows) => rows.get("a")?.ip);
  writer.put("a", { node: "1" });
  writer.put("a", { node: "1", ip: "10.0.0.1" });
  assert.equal(await row, "10.0.0.1");
  assert.equal(await store.waitFor((rows) => rows.size), 1);
});

test("Store.waitFor() ends with its signal, and with what its predicate throws", async () => {
  const { store, writer } = podStore();
  const stop = new AbortController();
  const waiting = store.waitFor(() => false, { signal: stop.signal });
  stop.abort(new Error("enough"));
  await assert.rejects(waiting, /enough/);
  await assert.rejects(
    store.waitFor(() => true, { signal: stop.signal }),
    /enough/,
  );
  const failing = store.waitFor((rows) => {
    if (rows.size > 0) throw new Error("not like this");
  });
  writer.put("a", { node: "1" });
  await assert.rejects(failing, /not like this/);
});
