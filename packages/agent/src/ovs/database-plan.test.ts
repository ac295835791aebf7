import assert from "node:assert/strict";
import { test } from "node:test";
import { compareVersions, planDatabase } from "./database-plan.ts";

test("planDatabase() creates what is missing and replaces what nobody can read", () => {
  assert.deepEqual(planDatabase({ kind: "missing" }, "8.3.1"), { kind: "create" });
  assert.deepEqual(planDatabase({ kind: "unreadable", reason: "short" }, "8.3.1"), {
    kind: "replace",
    reason: "short",
  });
});

test("planDatabase() converts an older schema and keeps an equal or newer one", () => {
  const of = (version: string) => planDatabase({ kind: "readable", version }, "8.3.1");
  assert.deepEqual(of("7.16.1"), { kind: "convert", from: "7.16.1", to: "8.3.1" });
  assert.deepEqual(of("8.3.1"), { kind: "keep" });
  assert.deepEqual(of("8.10.0"), { kind: "keep-newer", version: "8.10.0" });
});

test("compareVersions() compares numbers, not text", () => {
  assert.ok(compareVersions("8.9.0", "8.10.0") < 0);
  assert.ok(compareVersions("10.0.0", "9.9.9") > 0);
  assert.equal(compareVersions("1.2.3", "1.2.3"), 0);
});
