import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  defaultLeaseTiming,
  type LeaseMachine,
  type LeaseWrite,
  leaseMachine,
  type ObservedLease,
} from "./machine.ts";

const machine = (identity = "me") => leaseMachine(identity, defaultLeaseTiming);
const held = (holder: string, resourceVersion = "1"): ObservedLease => ({
  holder,
  durationSeconds: 10,
  transitions: 3,
  resourceVersion,
});

/** Reads `lease` and hands back what the machine wants to write, if anything. */
function writeAfter(
  one: LeaseMachine,
  lease: ObservedLease | undefined,
  now: number,
): LeaseWrite | undefined {
  assert.equal(one.next(now).kind, "read");
  one.read(lease, now);
  const step = one.next(now);
  return step.kind === "write" ? step.write : undefined;
}

test("leaseMachine() creates the Lease where there is none, and leads", () => {
  const one = machine();
  assert.deepEqual(writeAfter(one, undefined, 0), {
    holder: "me",
    durationSeconds: 10,
    transitions: 0,
    isNewTerm: true,
    resourceVersion: undefined,
  });
  assert.equal(one.isLeader(0), false);
  one.written("1", 0);
  assert.equal(one.isLeader(0), true);
  assert.equal(one.holder, "me");
});

test("leaseMachine() takes a released Lease at once and counts the change of holder", () => {
  const write = writeAfter(machine(), held(""), 0);
  assert.deepEqual([write?.transitions, write?.isNewTerm, write?.resourceVersion], [4, true, "1"]);
});

test("leaseMachine() renews with the version it wrote, without reading, and stays in its term", () => {
  const one = machine();
  writeAfter(one, held(""), 0);
  one.written("2", 0);
  assert.deepEqual(one.next(10), { kind: "wait", ms: 990 });
  assert.deepEqual(one.next(1000), {
    kind: "write",
    write: {
      holder: "me",
      durationSeconds: 10,
      transitions: 4,
      isNewTerm: false,
      resourceVersion: "2",
    },
  });
});

test("leaseMachine() waits for a holder that is alive, and takes over when it has been silent", () => {
  const one = machine();
  for (let now = 0; now < 30_000; now += 1000)
    assert.equal(writeAfter(one, held("other", String(now)), now), undefined, "it renews");
  let now = 30_000;
  for (; now < 38_000; now += 1000) {
    if (writeAfter(one, held("other", "29000"), now)) break;
    assert.deepEqual(one.next(now), { kind: "wait", ms: 1000 });
  }
  const step = one.next(38_000);
  assert.equal(step.kind, "read");
  one.read(held("other", "29000"), 39_000);
  assert.equal(one.next(39_000).kind, "write", "10 s after the last change");
});

test("leaseMachine() stops leading when its renewals fail, before others may begin", () => {
  const one = machine();
  writeAfter(one, undefined, 0);
  one.written("1", 0);
  for (let now = 1000; now < 7000; now += 1000) {
    assert.equal(one.next(now).kind, "write");
    one.failed(false, now);
  }
  assert.equal(one.isLeader(6999), true);
  assert.equal(one.isLeader(7000), false);
  assert.equal(one.next(8000).kind, "read");
});

test("leaseMachine() counts its time from before it asked, not from the answer", () => {
  const one = machine();
  writeAfter(one, undefined, 0);
  // The others have been waiting since 0.
  one.written("1", 6000);
  assert.equal(one.isLeader(6000), true);
  assert.equal(one.isLeader(7000), false);
});

test("leaseMachine() stops at once when it reads that another one holds the Lease", () => {
  const one = machine();
  writeAfter(one, undefined, 0);
  one.written("1", 0);
  one.next(1000);
  one.failed(true, 1000);
  assert.equal(one.next(1100).kind, "read");
  one.read(held("other", "9"), 1100);
  assert.equal(one.isLeader(1100), false);
});

test("leaseMachine() goes on when its renewal had arrived though the answer was lost", () => {
  const one = machine();
  writeAfter(one, undefined, 0);
  one.written("1", 0);
  one.next(1000);
  one.failed(false, 1000);
  one.next(2000);
  one.failed(true, 2000); // conflict: the first renewal is stored
  one.next(2100);
  one.read(held("me", "2"), 2100);
  const step = one.next(2100);
  assert.ok(step.kind === "write" && step.write.resourceVersion === "2" && !step.write.isNewTerm);
  assert.equal(one.isLeader(2100), true);
});

test("leaseMachine() leads by a renewal whose answer was lost as long as by any, once it is seen", () => {
  const one = machine();
  writeAfter(one, undefined, 0);
  one.written("1", 0);
  one.next(1000);
  one.failed(false, 4500); // it arrived, and was not answered in time
  assert.equal(one.next(4600).kind, "write");
  one.failed(true, 6000);
  assert.equal(one.next(6100).kind, "read");
  one.read(held("me", "2"), 7500);
  assert.equal(one.isLeader(7999), true, "counted from when it was asked for");
  assert.equal(one.isLeader(8000), false);
});

test("leaseMachine() does not pause after it has waited in vain for an answer", () => {
  const one = machine();
  writeAfter(one, undefined, 0);
  one.written("1", 0);
  one.next(1000);
  one.failed(false, 4500);
  assert.deepEqual(one.next(4500), { kind: "wait", ms: 100 });
  one.next(4600);
  one.failed(false, 4600); // refused at once
  assert.deepEqual(one.next(4600), { kind: "wait", ms: 1000 });
});

test("LeaseMachine.isUnbroken tells whether it was our Lease all the time", () => {
  const one = machine();
  writeAfter(one, held("other"), 0);
  assert.ok(writeAfter(one, held(""), 1000));
  one.written("2", 1000);
  assert.equal(one.isUnbroken, false, "somebody led before");
  assert.ok(writeAfter(one, held("me", "2"), 9000), "it was not renewed");
  one.written("3", 9000);
  assert.equal(one.isUnbroken, true);
  writeAfter(one, held("other", "4"), 20_000);
  writeAfter(one, held("", "5"), 21_000);
  one.written("6", 21_000);
  assert.equal(one.isUnbroken, false, "somebody led meanwhile");
  one.release(21_100);
  assert.ok(writeAfter(one, held("me", "6"), 23_000), "the release did not arrive");
  one.written("7", 23_000);
  assert.equal(one.isUnbroken, false, "we gave it up");
  writeAfter(one, held("other", "8"), 40_000);
  writeAfter(one, held("", "9"), 41_000);
  one.written("10", 49_000);
  assert.equal(one.isLeader(49_000), false, "the answer came too late to lead by it");
  assert.ok(writeAfter(one, held("me", "10"), 49_100));
  one.written("11", 49_100);
  assert.equal(one.isUnbroken, false, "we have not led since somebody else did");
});

test("LeaseMachine.release() empties the holder, once", () => {
  const one = machine();
  assert.equal(one.release(0), undefined);
  writeAfter(one, undefined, 0);
  one.written("1", 0);
  const write = one.release(10);
  assert.deepEqual([write?.holder, write?.durationSeconds, write?.resourceVersion], ["", 1, "1"]);
  assert.equal(one.isLeader(10), false);
  assert.equal(one.release(10), undefined);
});

test("leaseMachine() waits no longer than a minute for a record that claims for ever", () => {
  const one = machine();
  const claim = { ...held("other"), durationSeconds: 1e9 };
  assert.equal(writeAfter(one, claim, 0), undefined);
  one.next(60_000);
  one.read(claim, 60_000);
  assert.equal(one.next(60_000).kind, "write");
});

test("leaseMachine() waits for a holder whose record says no duration", () => {
  const one = machine();
  assert.equal(writeAfter(one, { ...held("other"), durationSeconds: 0 }, 0), undefined);
  assert.deepEqual(one.next(0), { kind: "wait", ms: 1000 });
});

/** Several candidates against one stored Lease, with lost answers, pauses and crashes. */
const anyDay = fc.record({
  seed: fc.infiniteStream(fc.integer({ min: 0, max: 99 })),
  crashAt: fc.integer({ min: 10_000, max: 60_000 }),
});

test("leaseMachine() never has two leaders at once, knows whether another led, and a crash is noticed within 15 s", () => {
  fc.assert(
    fc.property(anyDay, ({ seed, crashAt }) => {
      const dice = seed[Symbol.iterator]();
      const roll = (): number => dice.next().value as number;
      let stored: ObservedLease | undefined;
      let version = 0;
      const candidates = ["a", "b", "c"].map((name) => ({
        name,
        one: machine(name),
        busyUntil: 0,
      }));
      let crashed: string | undefined;
      let leaderless = 0;
      let ledLast: string | undefined;
      let wasLed = false;

      for (let now = 0; now < 120_000; now += 100) {
        const isRough = now < crashAt; // afterwards the network is fine
        for (const candidate of candidates) {
          const { one, name } = candidate;
          if (name === crashed || now < candidate.busyUntil) continue;
          const step = one.next(now);
          if (step.kind === "wait") continue;
          if (isRough && roll() < 20) candidate.busyUntil = now + roll() * 150; // a long pause
          const isLost = isRough && roll() < 10;
          if (step.kind === "read") {
            if (isLost) one.failed(false, now);
            else one.read(stored, now);
            continue;
          }
          if (step.write.resourceVersion !== stored?.resourceVersion) {
            one.failed(true, now);
            continue;
          }
          stored = { ...step.write, resourceVersion: String(++version) };
          if (isLost) one.failed(false, now);
          else one.written(String(version), now);
        }
        const leaders = candidates.filter(({ one, name }) => name !== crashed && one.isLeader(now));
        assert.ok(leaders.length <= 1, `${leaders.length} lead at ${now}`);
        const [leader] = leaders;
        if (leader && (!wasLed || leader.name !== ledLast)) {
          if (leader.one.isUnbroken) assert.equal(ledLast, leader.name, `at ${now}`);
          ledLast = leader.name;
        }
        wasLed = leader !== undefined;
        if (crashed === undefined && now >= crashAt + 20_000) crashed = leaders[0]?.name;
        leaderless = leaders.length > 0 || crashed === undefined ? 0 : leaderless + 100;
        assert.ok(leaderless <= 15_000, `nobody leads at ${now}`);
      }
      assert.ok(crashed !== undefined);
    }),
    { numRuns: 100 },
  );
});
