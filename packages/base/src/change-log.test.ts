import assert from "node:assert/strict";
import { test } from "node:test";
import { type ChangeIntent, changeLog, changeLogCapacity, sendingChange } from "./change-log.ts";
import { manualClock } from "./testing/index.ts";

const intent: ChangeIntent = {
  kind: "flow",
  owner: "pod:shop/cart-0",
  cause: "wanted",
  added: 1,
  modified: 0,
  removed: 0,
  details: ["+ table=Output"],
};

test("changeLog() tells when a change was wanted, sent and confirmed", () => {
  const clock = manualClock();
  const log = changeLog(clock);
  const wantedAt = log.now();
  clock.advance(3);
  const sent = log.sending({ ...intent, wantedAt });
  assert.equal(log.records()[0]?.outcome, "sent");
  clock.advance(4);
  sent.confirmed();
  sent.refused("too late to matter");

  assert.deepEqual(log.records(), [
    {
      ...intent,
      serial: 1,
      outcome: "confirmed",
      wantedAt: new Date(0),
      sentAt: new Date(3),
      settledAt: new Date(7),
    },
  ]);
});

test("changeLog() keeps the last of them, and an old one that ends late disturbs none", () => {
  const log = changeLog(manualClock(), 3);
  const sent = [1, 2, 3, 4].map((n) => log.sending({ ...intent, owner: `peer:${n}` }));
  sent[0]?.refused("it is forgotten");
  sent[3]?.refused(new Error("no room", { cause: new Error("table is full") }));

  const told = log
    .records()
    .map(({ serial, owner, outcome, reason }) => [serial, owner, outcome, reason]);
  assert.deepEqual(told, [
    [2, "peer:2", "sent", undefined],
    [3, "peer:3", "sent", undefined],
    [4, "peer:4", "refused", "no room: table is full"],
  ]);
});

test("changeLog() shortens what is long, but counts all of it", () => {
  const log = changeLog(manualClock());
  const details = Array.from({ length: 5000 }, (_, i) => `+ ${"x".repeat(1000)}${i}`);
  log.sending({ ...intent, added: details.length, details }).refused("y".repeat(10_000));

  const [record] = log.records();
  assert.equal(record?.added, 5000);
  assert.ok(JSON.stringify(record).length < 3000);
});

test("sendingChange() counts for every owner, and puts into words only what the log will hold", () => {
  const log = changeLog(manualClock());
  const owners = changeLogCapacity + 500;
  let described = 0;
  const add = Array.from({ length: 2 * owners }, (_, i) => ({ key: `flow-${i}`, value: i }));
  sendingChange(
    log,
    { add, modify: [], remove: [{ key: "old", before: -1 }] },
    {
      kind: "flow",
      cause: "wanted",
      ownerOf: (key) => (key === "old" ? "gone" : `rule-${Number(key.slice(5)) % owners}`),
      describe(key) {
        described++;
        return key;
      },
    },
  ).confirmed();

  const records = log.records();
  assert.equal(records.length, changeLogCapacity);
  assert.equal(records.at(-1)?.serial, owners + 1);
  assert.deepEqual(records.at(-1)?.details, ["- old"]);
  assert.deepEqual(records.at(-2)?.details, [`+ flow-${owners - 1}`, `+ flow-${2 * owners - 1}`]);
  assert.ok(records.every(({ outcome }) => outcome === "confirmed"));
  assert.equal(described, 2 * (changeLogCapacity - 1) + 1);
});
