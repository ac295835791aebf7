import assert from "node:assert/strict";
import { test } from "node:test";
import { waitFor } from "./wait.ts";

const never = { what: "rain", timeoutMs: 10, everyMs: 1, remedy: "look up" };

test("waitFor() says how long it waited, for what, and what to do", async () => {
  await assert.rejects(
    waitFor(() => undefined, never),
    /Waited 0.01 s for rain\n {2}wanted: rain\n {2}to do: {2}look up/,
  );
});

test("waitFor() waits as many times longer as ANTREA_LAB_PATIENCE says", async () => {
  const before = process.env["ANTREA_LAB_PATIENCE"];
  process.env["ANTREA_LAB_PATIENCE"] = "2.5";
  try {
    await assert.rejects(
      waitFor(() => undefined, never),
      /Waited 0.025 s for rain/,
    );
  } finally {
    if (before === undefined) delete process.env["ANTREA_LAB_PATIENCE"];
    else process.env["ANTREA_LAB_PATIENCE"] = before;
  }
});
