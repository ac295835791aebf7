import assert from "node:assert/strict";
import { test } from "node:test";
import { endingText, restartPolicy } from "./restart-policy.ts";

const ending = { exitCode: null, signal: "SIGSEGV", lastWords: "" };

test("restartPolicy() restarts a daemon that dies now and then, for ever", () => {
  const policy = restartPolicy({ maxDeaths: 2, windowMs: 1_000 });
  for (let now = 0; now < 100_000; now += 600)
    assert.equal(policy.died(ending, now).kind, "restart", `at ${now}`);
});

test("restartPolicy() gives up after too many deaths in a row, and says what it saw", () => {
  const policy = restartPolicy({ maxDeaths: 2, windowMs: 1_000 });
  policy.died(ending, 0);
  policy.died(ending, 1);
  assert.deepEqual(policy.died(ending, 2), {
    kind: "give-up",
    reason: "it died 3 times within 1 s, at last it was ended by SIGSEGV",
  });
});

test("endingText() tells the code or the signal, and the last words", () => {
  assert.equal(
    endingText({ exitCode: 1, signal: null, lastWords: "out of memory" }),
    "exited with code 1: out of memory",
  );
});
