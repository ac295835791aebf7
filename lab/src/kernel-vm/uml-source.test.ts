import assert from "node:assert/strict";
import { test } from "node:test";
import { changedSource } from "./uml-source.ts";

test("changedSource() changes what stands there once, and nothing else", () => {
  const change = { file: "a.c", from: "b\n", to: "c\nd\n" };
  assert.equal(changedSource("a\nb\ne\n", change), "a\nc\nd\ne\n");
  assert.equal(changedSource("a\n", change), undefined);
  assert.equal(changedSource("b\nb\n", change), undefined);
});
