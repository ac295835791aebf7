import assert from "node:assert/strict";
import { test } from "node:test";
import { remembered } from "./remembered.ts";

test("remembered() asks again only for what it has not been asked for long", () => {
  const asked: string[] = [];
  const upper = remembered((text) => {
    asked.push(text);
    return text.toUpperCase();
  }, 2);
  for (const text of ["a", "b", "a", "c", "b"]) assert.equal(upper(text), text.toUpperCase());
  assert.deepEqual(asked, ["a", "b", "c"]);
  for (const text of ["d", "e", "f", "a"]) upper(text);
  assert.deepEqual(asked, ["a", "b", "c", "d", "e", "f", "a"]);
});
