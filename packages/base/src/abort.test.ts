import assert from "node:assert/strict";
import { test } from "node:test";
import { abortable, untilAborted } from "./abort.ts";

test("abortable() gives what the promise gives", async () => {
  const { signal } = new AbortController();
  assert.equal(await abortable(Promise.resolve(7), signal), 7);
  await assert.rejects(abortable(Promise.reject(new Error("no")), signal), /no/);
});

test("abortable() rejects with the signal's reason, at once or when it aborts", async () => {
  const never = new Promise<never>(() => {});
  const controller = new AbortController();
  const waiting = abortable(never, controller.signal);
  controller.abort(new Error("enough"));
  await assert.rejects(waiting, /enough/);
  await assert.rejects(abortable(never, controller.signal), /enough/);
});

test("abortable() leaves no unhandled rejection of a promise that nobody awaits any more", async () => {
  await assert.rejects(
    abortable(Promise.reject(new Error("late")), AbortSignal.abort(new Error("enough"))),
    /enough/,
  );
});

test("untilAborted() resolves when the signal aborts, at once if it has", async () => {
  const controller = new AbortController();
  const waiting = untilAborted(controller.signal);
  controller.abort();
  await waiting;
  await untilAborted(controller.signal);
});
