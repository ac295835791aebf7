import assert from "node:assert/strict";
import { test } from "node:test";
import { policyStreams, receipts } from "./receipts.ts";

const at = (count: number, counter = "a") => ({ counter, count });
const web = { uid: "u1", pod: { namespace: "shop", name: "web" } };
const { signal } = new AbortController();

test("receipts() knows that all is told when the receipt is there and each stream came to its mark", async () => {
  const told = receipts();
  let isTold = false;
  const waiting = told.whenTold("u1", { signal }).then(() => (isTold = true));
  assert.match(told.missing("u1") ?? "", /not told of this Pod/);
  told.put(web, at(7));
  for (const [i, stream] of policyStreams.entries()) {
    assert.match(told.missing("u1") ?? "", new RegExp(policyStreams[i] ?? ""));
    told.reached(stream, at(6));
    told.reached(stream, at(7 + i));
  }
  await waiting;
  assert.equal(isTold, true);
  await told.whenTold("u1", { signal });
});

test("receipts() takes no mark of another counter", () => {
  const told = receipts();
  told.put(web, at(7));
  for (const stream of policyStreams) told.reached(stream, at(9, "b"));
  assert.notEqual(told.missing("u1"), undefined);
  told.replace([web], at(3, "b"));
  assert.equal(told.missing("u1"), undefined);
});

test("receipts() tells a Pod from another one of its name", () => {
  const told = receipts();
  for (const stream of policyStreams) told.reached(stream, at(9));
  told.put(web, at(7));
  assert.notEqual(told.missing("u2"), undefined);
  told.remove("u1");
  assert.notEqual(told.missing("u1"), undefined);
});

test("receipts().whenTold() ends with its signal", async () => {
  const told = receipts();
  const stop = new AbortController();
  const waiting = told.whenTold("u1", { signal: stop.signal });
  stop.abort(new Error("enough"));
  await assert.rejects(waiting, /enough/);
  await assert.rejects(told.whenTold("u1", { signal: stop.signal }), /enough/);
});
