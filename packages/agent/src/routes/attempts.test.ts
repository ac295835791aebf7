import assert from "node:assert/strict";
import { test } from "node:test";
import { attempts } from "./attempts.ts";

const { signal } = new AbortController();
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("attempts() lets nobody take an attempt for his that was under way when he asked", async () => {
  const { begin, each } = attempts();
  const endOld = begin("node-2");
  let isDone = false;
  const done = each(["node-2", "node-3"], { signal }).then(() => (isDone = true));
  begin("node-3")();
  endOld();
  await turn();
  assert.equal(isDone, false, "node-2 was begun before");
  begin("node-2")();
  await done;
});

test("attempts() waits for nothing where there is nothing, and no longer than the signal", async () => {
  const { each } = attempts();
  await each([], { signal });
  const stop = new AbortController();
  const waiting = each(["node-2"], { signal: stop.signal });
  stop.abort(new Error("enough"));
  await assert.rejects(waiting, /enough/);
});
