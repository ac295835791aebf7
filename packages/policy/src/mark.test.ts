import assert from "node:assert/strict";
import { test } from "node:test";
import { formatMark, hasReached, parseMark } from "./mark.ts";

test("parseMark() reads what formatMark() writes, and nothing else", () => {
  const mark = { counter: "f00d-1", count: 17 };
  assert.deepEqual(parseMark(formatMark(mark)), mark);
  for (const text of ["", "17", "a.", ".1", "a.01", "a.-1", "a.1e3", "A.1", `a.${"9".repeat(16)}`])
    assert.equal(parseMark(text), undefined, text);
});

test("hasReached() compares numbers of one counter only", () => {
  const mark = { counter: "a", count: 5 };
  assert.equal(hasReached({ counter: "a", count: 5 }, mark), true);
  assert.equal(hasReached({ counter: "a", count: 4 }, mark), false);
  assert.equal(hasReached({ counter: "b", count: 9 }, mark), false);
  assert.equal(hasReached(undefined, mark), false);
});
