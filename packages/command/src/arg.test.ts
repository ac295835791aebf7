import assert from "node:assert/strict";
import { test } from "node:test";
import { duration, flag, list, oneOf, text, value, wholeNumber } from "./arg.ts";

test("value() takes the last text, the default for none, and refuses what its type does not know", () => {
  const arg = value("N", wholeNumber(1, 10), { default: 3 });
  assert.deepEqual(arg.read([]), { value: 3 });
  assert.deepEqual(arg.read(["4", "5"]), { value: 5 });
  for (const bad of ["", "0", "11", "1.5", "1e1", "x", "0x5", " 4"]) {
    assert.deepEqual(arg.read([bad]), { refused: bad });
  }
  assert.deepEqual(text("T").read([]), { value: undefined });
  assert.deepEqual(text("T").read([""]), { refused: "" });
});

test("value() has help say of a default what it means, where its author does", () => {
  const arg = value("N", wholeNumber(1, 10), { default: 3, defaultText: "a guess" });
  assert.deepEqual([arg.defaultText, arg.read([])], ["a guess", { value: 3 }]);
});

test("list() keeps every text in order, and names the one that it refuses", () => {
  const arg = list("L", oneOf(["a", "b"]));
  assert.deepEqual(arg.read(["b", "A", "b"]), { value: ["b", "a", "b"] });
  assert.deepEqual(arg.read(["a", "c"]), { refused: "c" });
  assert.deepEqual(arg.read([]), { value: [] });
});

test("flag() is true or false and nothing else", () => {
  assert.deepEqual(flag("F").read([]), { value: false });
  assert.deepEqual(flag("F", { default: true }).read(["false"]), { value: false });
  assert.deepEqual(flag("F").read(["yes"]), { refused: "yes" });
});

test("duration understands units, their sums and bare seconds", () => {
  const cases = { "500ms": 500, "30s": 30_000, "1h30m": 5_400_000, "45": 45_000, "1.5s": 1500 };
  for (const [typed, ms] of Object.entries(cases)) assert.equal(duration.parse(typed), ms, typed);
  for (const bad of ["", "5", "s", "1d", "-1s", "1s2"].filter((t) => t !== "5")) {
    assert.equal(duration.parse(bad), undefined, bad);
  }
  assert.equal(duration.format?.(60_000), "60s");
});

test("oneOf() wants the word itself where there is only one", () => {
  assert.equal(oneOf(["via"]).wanted, '"via"');
  assert.equal(oneOf(["up", "down"]).wanted, "one of up, down");
});
