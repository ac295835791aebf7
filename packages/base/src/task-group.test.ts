import assert from "node:assert/strict";
import { test } from "node:test";
import { taskGroup } from "./task-group.ts";

const untilAbort = (signal: AbortSignal): Promise<void> =>
  new Promise((_, reject) =>
    signal.addEventListener("abort", () => reject(signal.reason as Error)),
  );

test("taskGroup().close() aborts every task and waits for all of them", async () => {
  const group = taskGroup();
  const ended: string[] = [];
  for (const name of ["a", "b"])
    group.run(name, async (signal) => {
      await untilAbort(signal).catch(() => {});
      await Promise.resolve();
      ended.push(name);
    });
  await group.close();
  assert.deepEqual(ended, ["a", "b"]);
});

test("taskGroup() aborts the others when one crashes, and says which it was", async () => {
  const group = taskGroup();
  let isAborted = false;
  group.run("patient", async (signal) => {
    await untilAbort(signal).catch(() => (isAborted = true));
  });
  group.run("clumsy", () => Promise.reject(new Error("tripped")));
  await assert.rejects(group.failed, (error: Error) => {
    assert.equal(error.message, "Task clumsy crashed");
    assert.equal((error.cause as Error).message, "tripped");
    return true;
  });
  await group.close();
  assert.equal(isAborted, true);
  assert.equal(group.signal.aborted, true);
});

test("taskGroup() takes neither the end of a task nor an abort for a crash", async () => {
  const group = taskGroup();
  let isFailed = false;
  group.failed.catch(() => (isFailed = true));
  group.run("short", () => Promise.resolve());
  group.run("waiting", untilAbort);
  await group.close();
  await Promise.resolve();
  assert.equal(isFailed, false);
});
