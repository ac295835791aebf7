import assert from "node:assert/strict";
import { test } from "node:test";
import { serial } from "./serial.ts";

test("serial() runs one at a time, in order, and gives each its own result", async () => {
  const run = serial();
  const events: string[] = [];
  const job = (name: string) => async () => {
    events.push(`begin ${name}`);
    await Promise.resolve();
    events.push(`end ${name}`);
    return name;
  };
  assert.deepEqual(await Promise.all([run(job("a")), run(job("b"))]), ["a", "b"]);
  assert.deepEqual(events, ["begin a", "end a", "begin b", "end b"]);
});

test("serial() goes on after a failure, which only its own caller sees", async () => {
  const run = serial();
  const failing = run(() => Promise.reject(new Error("no")));
  const next = run(() => Promise.resolve("yes"));
  await assert.rejects(failing, /no/);
  assert.equal(await next, "yes");
});
