import assert from "node:assert/strict";
import { test } from "node:test";
import { channels, frame, parseExecStatus } from "./channel.ts";

test("frame() puts the channel before the data", () => {
  assert.deepEqual([...frame(channels.stdin, Uint8Array.of(7, 8))], [0, 7, 8]);
});

test("parseExecStatus() reads success, exit codes and failures to run", () => {
  assert.deepEqual(parseExecStatus('{"status":"Success"}'), { code: 0, message: "" });
  const causes = [{ reason: "ExitCode", message: "3" }];
  const failed = { status: "Failure", reason: "NonZeroExitCode", message: "exit code 3" };
  assert.deepEqual(parseExecStatus(JSON.stringify({ ...failed, details: { causes } })), {
    code: 3,
    message: "exit code 3",
  });
  assert.deepEqual(parseExecStatus('{"status":"Failure","message":"no such file"}'), {
    code: undefined,
    message: "no such file",
  });
});

test("parseExecStatus() takes nothing else for a status", () => {
  for (const text of ["", "{", "[]", "null", '{"status":"Maybe"}'])
    assert.equal(parseExecStatus(text), undefined, text);
  const strange = '{"status":"Failure","details":{"causes":[{"reason":"ExitCode","message":"x"}]}}';
  assert.deepEqual(parseExecStatus(strange), { code: undefined, message: "" });
});
