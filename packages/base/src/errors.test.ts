import assert from "node:assert/strict";
import { test } from "node:test";
import {
  absurd,
  errorText,
  InvariantError,
  invariant,
  isAbort,
  TerminalError,
  terminal,
} from "./errors.ts";

test("errorText() joins an error with its causes", () => {
  const inner = new Error("no such device");
  assert.equal(
    errorText(new Error("Could not add the port", { cause: inner })),
    "Could not add the port: no such device",
  );
  assert.equal(errorText(new TypeError()), "TypeError");
  assert.equal(errorText("a text"), "a text");
  assert.equal(errorText(undefined), "undefined");
});

test("invariant() throws its sentence, and only when the condition does not hold", () => {
  invariant(true, "never said");
  assert.throws(
    () => invariant(0, "it is not zero"),
    (e) => e instanceof InvariantError && e.message === "it is not zero",
  );
  assert.throws(() => absurd("left over" as never), /No case for "left over"/);
});

test("isAbort() knows what an aborted wait throws, and what it does not", () => {
  assert.equal(isAbort(AbortSignal.abort().reason), true);
  assert.equal(isAbort(new DOMException("late", "TimeoutError")), true);
  assert.equal(isAbort(new Error("abort")), false);
  assert.equal(isAbort("AbortError"), false);
});

test("terminal() keeps the cause where there is one", () => {
  const cause = new Error("why");
  assert.equal(terminal("what", cause).cause, cause);
  assert.equal("cause" in terminal("what"), false);
  assert.ok(terminal("what") instanceof TerminalError);
});
