import assert from "node:assert/strict";
import { test } from "node:test";
import { execTransport, type RunInPod } from "./exec-transport.ts";

const options = { signal: new AbortController().signal };
const request = { method: "GET", path: "/nodes", query: { a: "b c" }, body: "" } as const;

test("execTransport() runs antctl in the Pod and reads its answer", async () => {
  const calls: unknown[] = [];
  const run: RunInPod = async (command, stdin) => {
    calls.push([command, stdin]);
    return { exitCode: 0, stdout: '{"status":200,"body":"[]"}\n', stderr: "" };
  };
  assert.deepEqual(await execTransport(run)(request, options), { status: 200, body: "[]" });
  const put = { method: "PUT", path: "/loglevel", query: {}, body: "{}" } as const;
  await execTransport(run)(put, options);
  assert.deepEqual(calls, [
    [["antctl", "__api", "GET", "/nodes?a=b+c"], ""],
    [["antctl", "__api", "PUT", "/loglevel"], "{}"],
  ]);
});

test("execTransport() hands on what antctl in the Pod says when it fails", async () => {
  const failing =
    (stderr: string): RunInPod =>
    async () => ({ exitCode: 1, stdout: "", stderr });
  await assert.rejects(execTransport(failing("antctl: The agent is away.\n"))(request, options), {
    message: "The agent is away.",
  });
  await assert.rejects(execTransport(failing(""))(request, options), {
    message: "antctl in the Pod ended with exit code 1",
  });
});

test("execTransport() does not trust what it reads", async () => {
  for (const stdout of ["", "hello", "{}", '{"status":"200","body":""}', '{"status":200}']) {
    const run: RunInPod = async () => ({ exitCode: 0, stdout, stderr: "" });
    await assert.rejects(execTransport(run)(request, options), { problem: { code: "bad-answer" } });
  }
});
