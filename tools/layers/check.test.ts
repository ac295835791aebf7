import assert from "node:assert/strict";
import { test } from "node:test";
import { findProblems } from "./check.ts";
import type { SourceFile } from "./imports.ts";
import { parseSource } from "./imports.ts";

const problemsOf = (path: string, text: string): readonly string[] => {
  const file: SourceFile = parseSource(path, text);
  return findProblems([file]).map((problem) => problem.replace(`${path}:`, ""));
};

test("findProblems() holds rooms to the import table, types and doors included", () => {
  assert.deepEqual(problemsOf("packages/net/src/a.ts", 'import { x } from "@antrea/base";'), []);
  assert.deepEqual(problemsOf("packages/net/src/a.ts", 'import type { X } from "@antrea/kube";'), [
    "1: net may not import kube",
  ]);
  assert.deepEqual(
    problemsOf("packages/ovsdb/src/a.ts", 'import {\n  x,\n} from "@antrea/openflow";'),
    ["1: ovsdb may not import openflow"],
  );
  assert.match(
    problemsOf("packages/net/src/a.ts", 'export * from "@antrea/base/src/log.ts";').join(),
    /is no door/,
  );
  assert.match(
    problemsOf("packages/net/src/a.ts", 'import { x } from "../../base/src/log.ts";').join(),
    /leaves the room net/,
  );
});

test("findProblems() keeps doors for tests out of programs, and lets tests in", () => {
  const text = 'import { manualClock } from "@antrea/base/testing";';
  assert.match(problemsOf("packages/net/src/a.ts", text).join(), /is for tests/);
  assert.deepEqual(problemsOf("packages/net/src/a.test.ts", text), []);
});

test("findProblems() finds effects outside their places, and none in comments or strings", () => {
  assert.match(
    problemsOf("packages/agent/src/a.ts", 'import { connect } from "node:net";').join(),
    /belongs into a file under io/,
  );
  assert.match(
    problemsOf("packages/agent/src/a.ts", "const t = Date.now();").join(),
    /Date\.now touches the world/,
  );
  assert.match(
    problemsOf("packages/agent/src/a.ts", "setTimeout(f, 1);").join(),
    /setTimeout touches the world/,
  );
  assert.deepEqual(
    problemsOf("packages/agent/src/a.ts", '/** Date.now() */ const s = "process.env"; // fetch()'),
    [],
  );
  assert.deepEqual(problemsOf("packages/agent/src/io/a.ts", "const t = Date.now();"), []);
  assert.deepEqual(problemsOf("packages/agent/src/main.ts", "process.exit(1);"), []);
});
