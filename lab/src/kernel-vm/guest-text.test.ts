import assert from "node:assert/strict";
import { test } from "node:test";
import { guestText } from "./guest-text.ts";

function taking(...chunks: readonly string[]) {
  let passed = "";
  const port = guestText((text) => {
    passed += text;
  });
  for (const chunk of chunks) port.take(chunk);
  return { passed, isAtEnd: port.isAtEnd() };
}

test("guestText() hands on all but the mark at the end", () => {
  assert.deepEqual(taking("one\n", "two\n\u0004"), { passed: "one\ntwo\n", isAtEnd: true });
  assert.deepEqual(taking("\u0004"), { passed: "", isAtEnd: true });
});

test("guestText() is not at its end while text may come", () => {
  assert.deepEqual(taking(), { passed: "", isAtEnd: false });
  assert.deepEqual(taking("one"), { passed: "one", isAtEnd: false });
});

test("guestText() takes a mark with text behind it for the command's own", () => {
  assert.deepEqual(taking("a\u0004", "b"), { passed: "a\u0004b", isAtEnd: false });
  assert.deepEqual(taking("a\u0004b\u0004"), { passed: "a\u0004b", isAtEnd: true });
});
