import assert from "node:assert/strict";
import { test } from "node:test";
import { parseProbe } from "./output-of-probe.ts";

test("parseProbe() reads the last line", () => {
  assert.deepEqual(parseProbe('listening\n{"count":3,"seconds":1.5}\n'), {
    count: 3,
    seconds: 1.5,
  });
});

test("parseProbe() refuses what is no count in a time", () => {
  for (const text of ["", "nonsense", "null", '{"count":3}', '{"count":3,"seconds":0}'])
    assert.throws(() => parseProbe(text));
});
