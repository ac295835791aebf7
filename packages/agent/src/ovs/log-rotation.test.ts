import assert from "node:assert/strict";
import { test } from "node:test";
import { planRotation } from "./log-rotation.ts";

test("planRotation() moves each log one place on, the oldest first", () => {
  assert.deepEqual(planRotation("/l/a.log", 2), {
    remove: "/l/a.log.2",
    renames: [
      ["/l/a.log.1", "/l/a.log.2"],
      ["/l/a.log", "/l/a.log.1"],
    ],
  });
});

test("planRotation() removes the log itself where none is kept", () => {
  assert.deepEqual(planRotation("/l/a.log", 0), { remove: "/l/a.log", renames: [] });
});
