import assert from "node:assert/strict";
import { test } from "node:test";
import { type FileRecord, mergeRecords, recordPage } from "./kernel-record.ts";

function record(file: string, more: Partial<FileRecord> = {}): FileRecord {
  return {
    file,
    date: "2026-11-28",
    kernel: "6.1.0-56-amd64",
    seconds: 90,
    passed: ["one", "two"],
    failed: [],
    inapplicable: [],
    ...more,
  };
}

test("mergeRecords() puts newer ones in the place of older ones, in the list's order, and drops what is gone", () => {
  const before = [record("b"), record("gone"), record("a", { seconds: 1 })];
  const merged = mergeRecords(before, [record("a", { seconds: 2 })], ["a", "b", "c"]);
  assert.deepEqual(
    merged.map(({ file, seconds }) => [file, seconds]),
    [
      ["a", 2],
      ["b", 90],
    ],
  );
});

test("mergeRecords() keeps the record of the other machine", () => {
  const emulated = record("a");
  const userMode = record("a", { kernel: "6.1.192-uml" });
  assert.deepEqual(mergeRecords([emulated], [userMode], ["a"]), [emulated, userMode]);
  assert.deepEqual(mergeRecords([userMode], [emulated], ["a"]), [emulated, userMode]);
});

test("recordPage() counts what passed, and names what failed, what does not apply and what is not run", () => {
  const inapplicable = [{ name: "joins frames", reason: "the kernel joins them" }];
  const page = recordPage([record("a", { inapplicable }), record("b", { failed: ["three"] })], {
    "test/x.test.ts": "it has no network",
  });
  assert.match(page, /kernel 6\.1\.0-56-amd64 \(.*\), 4 tests passed, 1 failed, 1 do not apply/);
  assert.match(page, /^\| `a` \| 2 \| 0 \| 1 \| 1\.5 \| 2026-11-28 \| 6\.1\.0-56-amd64 \|$/m);
  assert.match(page, /^- `b`: three$/m);
  assert.match(page, /^\| `a` \| joins frames \| the kernel joins them \|$/m);
  assert.match(page, /^- `test\/x\.test\.ts`: it has no network\.$/m);
});
