import assert from "node:assert/strict";
import { test } from "node:test";
import { timedOnce } from "./time-program.ts";

test("timedOnce() hands each word on as it is", () => {
  const argv = timedOnce(["/bin/echo", "it's", "two words"], { input: "/in", times: "/out" });
  assert.equal(argv[0], "hyperfine");
  assert.ok(argv.at(-1)?.endsWith(`'/in' '/bin/echo' 'it'\\''s' 'two words'`), argv.at(-1));
});
