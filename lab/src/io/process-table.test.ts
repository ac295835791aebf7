import assert from "node:assert/strict";
import { test } from "node:test";
import { findProcess, isAlive, parseStat } from "./process-table.ts";

/** A line as proc(5) has it, with a name that is meant to mislead. */
function stat(state: string, threads: number, startTicks: number): string {
  const between = Array.from({ length: 16 }, () => "0").join(" ");
  return `42 (a) Z 1 (b) ${state} ${between} ${threads} 0 ${startTicks} 0 0\n`;
}

test("parseStat() takes a zombie for a process as long as threads of it run", () => {
  assert.deepEqual(parseStat(42, stat("S", 7, 1234)), { pid: 42, startTicks: 1234 });
  assert.deepEqual(parseStat(42, stat("Z", 7, 1234)), { pid: 42, startTicks: 1234 });
  assert.equal(parseStat(42, stat("Z", 1, 1234)), undefined);
  assert.equal(parseStat(42, stat("X", 1, 1234)), undefined);
  assert.equal(parseStat(42, undefined), undefined);
});

test("isAlive() knows this process, and tells it from another one of the same id", () => {
  const own = findProcess(process.pid) ?? assert.fail("this process runs");
  assert.equal(isAlive(own), true);
  assert.equal(isAlive({ ...own, startTicks: own.startTicks + 1 }), false);
});
