import assert from "node:assert/strict";
import { test } from "node:test";
import { eventAggregator } from "./aggregator.ts";
import type { Note } from "./note.ts";
import { countPatch, eventName, eventNamespace, eventObject } from "./object.ts";

const note = (message: string, name = "web"): Note => ({
  regarding: { apiVersion: "v1", kind: "Pod", namespace: "shop", name, uid: "u" },
  type: "Warning",
  reason: "NoAddress",
  message,
});

test("eventAggregator() makes one Event of a note told again, and counts", () => {
  const events = eventAggregator();
  const first = events.decide(note("none left"), 0);
  const second = events.decide(note("none left"), 1000);
  assert.deepEqual([first?.kind, second?.kind], ["create", "count"]);
  assert.equal(second?.serial, first?.serial);
  assert.equal(second?.kind === "count" && second.count, 2);
});

test("eventAggregator() makes a new Event after ten minutes of silence, or when the server lost it", () => {
  const events = eventAggregator();
  const first = events.decide(note("x"), 0);
  assert.equal(events.decide(note("x"), 600_000)?.kind, "create");
  events.forget(first?.key ?? "");
  assert.equal(events.decide(note("x"), 600_001)?.kind, "create");
});

test("eventAggregator() merges many notes that differ in their message only", () => {
  const events = eventAggregator();
  const actions = Array.from({ length: 14 }, (_, i) => events.decide(note(`try ${i}`), i));
  assert.deepEqual(
    actions.map((action) => action?.kind),
    [...Array(11).fill("create"), "count", "count", "count"],
  );
  assert.equal(actions[12]?.note.message, "(combined from similar events): try 12");
});

test("eventAggregator() limits the talk about one object, not about others", () => {
  const events = eventAggregator();
  const told = Array.from({ length: 100 }, () => events.decide(note("x"), 0)).filter(Boolean);
  assert.equal(told.length, 25);
  assert.equal(events.decide(note("x", "other"), 0)?.kind, "create");
  assert.equal(events.decide(note("x"), 299_000), undefined);
  assert.equal(events.decide(note("x"), 301_000)?.kind, "count");
});

test("eventAggregator() remembers a bounded number of objects", () => {
  const events = eventAggregator();
  for (let i = 0; i < 5000; i++) events.decide(note("x", `pod-${i}`), 0);
  assert.equal(events.decide(note("x", "pod-4999"), 0)?.kind, "count");
  assert.equal(events.decide(note("x", "pod-0"), 0)?.kind, "create", "the oldest is forgotten");
});

test("eventObject() is a core/v1 Event within the server's limits", () => {
  const long = note("m".repeat(5000), "n".repeat(253));
  const name = eventName(long, 1_700_000_000_000, 7);
  assert.equal(name.length, 253);
  const event = eventObject(long, name, { component: "antrea-agent", host: "n1" }, new Date(0));
  assert.equal(event.message?.length, 1024);
  assert.equal(event.lastTimestamp, "1970-01-01T00:00:00Z");
  assert.deepEqual(event.source, { component: "antrea-agent", host: "n1" });
  assert.equal(eventNamespace(note("x")), "shop");
  assert.equal(
    eventNamespace({ ...long, regarding: { ...long.regarding, namespace: "" } }),
    "default",
  );
  assert.deepEqual(countPatch(note("x"), 3, new Date(0)), {
    count: 3,
    message: "x",
    lastTimestamp: "1970-01-01T00:00:00Z",
  });
});
