import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  answered,
  calmOf,
  inheritedLane,
  isProven,
  type Lane,
  lossOf,
  lost,
  newLane,
  pace,
  type SentProbe,
  takeProbes,
  urged,
} from "./lane.ts";

/** What a network does with a packet of this size that is sent at this time. */
type Network = (packetBytes: number, sentAt: number) => boolean;

interface Run {
  readonly lane: Lane;
  /** When each verdict began. */
  readonly verdicts: readonly { readonly at: number; readonly isProven: boolean }[];
  readonly sent: readonly number[];
}

interface Course {
  readonly from?: Lane;
  readonly startMs?: number;
  readonly untilMs: number;
  readonly isActive?: boolean;
  readonly random?: () => number;
}

const roundTripMs = 2;

/** Plays probes and their ends in the order of time. */
function play(network: Network, course: Course): Run {
  const { startMs = 0, untilMs, isActive = true, random = () => 0.5 } = course;
  let lane = course.from ?? newLane(1450, startMs);
  const ends: { at: number; probe: SentProbe; isAnswered: boolean }[] = [];
  const verdicts: { at: number; isProven: boolean }[] = [];
  const sent: number[] = [];
  const note = (at: number, next: Lane): void => {
    if (isProven(next) !== isProven(lane)) verdicts.push({ at, isProven: isProven(next) });
    lane = next;
  };
  for (;;) {
    ends.sort((a, b) => a.at - b.at);
    const now = Math.max(startMs, Math.min(lane.nextAt, ends[0]?.at ?? Number.POSITIVE_INFINITY));
    if (now > untilMs) return { lane, verdicts, sent };
    const end = ends[0];
    if (end && end.at <= now) {
      ends.shift();
      note(now, (end.isAnswered ? answered : lost)(lane, end.probe, now));
      continue;
    }
    const taken = takeProbes(lane, { now, isActive, random });
    assert.ok(taken.lane.nextAt > now, "a lane asks for its next probe later");
    note(now, taken.lane);
    for (const packetBytes of taken.packetBytes) {
      sent.push(now);
      const isAnswered = network(packetBytes, now);
      const at = now + (isAnswered ? roundTripMs : pace.answerWithin);
      ends.push({ at, probe: { packetBytes, sentAt: now }, isAnswered });
    }
  }
}

const whole: Network = () => true;
const dead: Network = () => false;
const narrow =
  (mtu: number): Network =>
  (packetBytes) =>
    packetBytes <= mtu;

function provenLane(untilMs = 10_000): Lane {
  const { lane } = play(whole, { untilMs });
  assert.ok(isProven(lane));
  return lane;
}

/** A generator of numbers in [0, 1) that a seed determines (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

test("a path that answers is taken after a second at first", () => {
  const { verdicts } = play(whole, { untilMs: 60_000 });
  assert.equal(verdicts.length, 1);
  const [first] = verdicts;
  assert.ok(first?.isProven && first.at >= pace.firstCalm && first.at < 1_500, `${first?.at}`);
});

test("a path that never answers is never taken, and asked ever more rarely", () => {
  const active = play(dead, { untilMs: 600_000 });
  assert.deepEqual(active.verdicts, []);
  assert.ok(active.sent.length < 150, `${active.sent.length} probes in ten minutes`);
  const idle = play(dead, { untilMs: 3_600_000, isActive: false });
  assert.ok(idle.sent.length < 50, `${idle.sent.length} probes in an hour`);
});

test("a path that Pods use is left within 2.6 s of its failure, at whatever moment that comes", () => {
  fc.assert(
    fc.property(fc.integer({ min: 10_000, max: 20_000 }), fc.integer(), (failsAt, seed) => {
      const network: Network = (_, sentAt) => sentAt < failsAt;
      const { verdicts } = play(network, { untilMs: failsAt + 5_000, random: seeded(seed) });
      const left = verdicts.find(({ isProven }) => !isProven);
      assert.ok(left && left.at - failsAt <= 2_600, `${left?.at} after ${failsAt}`);
    }),
  );
});

test("an idle path that failed is left within 1.3 s of the moment that Pods are seen to use it", () => {
  const idle = play(whole, { untilMs: 100_000, isActive: false });
  assert.ok(isProven(idle.lane));
  const from = urged(idle.lane, 100_000);
  const { verdicts } = play(dead, { from, startMs: 100_000, untilMs: 110_000 });
  assert.ok(verdicts[0] && verdicts[0].at - 100_000 <= 1_600, `${verdicts[0]?.at}`);
});

test("a path that was proven before the agent started anew is asked at once, and left if it is dead", () => {
  const { verdicts } = play(dead, {
    from: inheritedLane(1450, 0),
    untilMs: 10_000,
    isActive: false,
  });
  assert.ok(verdicts[0] && !verdicts[0].isProven && verdicts[0].at <= 1_600, `${verdicts[0]?.at}`);
});

test("a path that swallows large packets is left as fast, and the largest that passes is found", () => {
  for (const [mtu, found] of [
    [1449, 1400],
    [1400, 1400],
    [1399, 1280],
    [1000, undefined],
  ] as const) {
    const from = provenLane();
    const { lane, verdicts } = play(narrow(mtu), { from, startMs: 10_000, untilMs: 20_000 });
    assert.ok(verdicts[0] && verdicts[0].at - 10_000 <= 2_600);
    assert.deepEqual([lane.cause, lane.mtu], ["size", found]);
  }
});

test("a path that is too narrow from the start is known as such, and asked no more than a dead one", () => {
  const { lane, verdicts, sent } = play(narrow(1400), { untilMs: 600_000 });
  assert.deepEqual([verdicts, lane.cause, lane.mtu], [[], "size", 1400]);
  assert.ok(sent.length < 160, `${sent.length}`);
});

test("a path that comes back is taken after its calm, which doubles with each fall", () => {
  let run = play(whole, { untilMs: 10_000 });
  let now = 10_000;
  for (const calm of [5_000, 10_000, 20_000]) {
    run = play(dead, { from: run.lane, startMs: now, untilMs: now + 20_000 });
    now += 20_000;
    assert.equal(calmOf(run.lane), calm);
    run = play(whole, { from: run.lane, startMs: now, untilMs: now + calm + 15_000 });
    const [taken] = run.verdicts;
    assert.ok(taken?.isProven);
    const took = taken.at - now;
    assert.ok(took >= calm && took <= calm + 11_500, `${took} for a calm of ${calm}`);
    now += calm + 15_000;
  }
});

test("a path that held for long has its falls forgiven", () => {
  let run = play(dead, { from: provenLane(), startMs: 10_000, untilMs: 20_000 });
  run = play(whole, { from: run.lane, startMs: 20_000, untilMs: 2_000_000 });
  run = play(dead, { from: run.lane, startMs: 2_000_000, untilMs: 2_010_000 });
  assert.equal(calmOf(run.lane), pace.calm);
});

test("a path that comes and goes is taken ever more rarely, whatever its rhythm", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 500, max: 60_000 }),
      fc.integer({ min: 3_000, max: 60_000 }),
      fc.integer(),
      (upMs, downMs, seed) => {
        const network: Network = (_, sentAt) => sentAt % (upMs + downMs) < upMs;
        const { verdicts } = play(network, { untilMs: 3_600_000, random: seeded(seed) });
        const taken = verdicts.filter(({ isProven }) => isProven).length;
        assert.ok(taken <= 9, `taken ${taken} times in an hour, up ${upMs} ms, down ${downMs} ms`);
      },
    ),
    { numRuns: 40 },
  );
});

test("a network that loses a tenth of all packets each way ends no proof in a day", () => {
  const seed = 20_261_128;
  const random = seeded(seed);
  const network: Network = (_, sentAt) => sentAt < 10_000 || (random() >= 0.1 && random() >= 0.1);
  const { lane, verdicts } = play(network, { untilMs: 86_400_000, random });
  assert.equal(verdicts.length, 1, `seed ${seed}`);
  assert.ok((lossOf(lane) ?? 0) > 0);
});

test("a lane sends few probes: 1.4 a second at most while it is used, one in 270 s while it is not", () => {
  const used = play(whole, { from: provenLane(), startMs: 10_000, untilMs: 610_000 });
  assert.ok(used.sent.length <= 600 * 1.4, `${used.sent.length} in ten minutes`);
  const idle = play(whole, { untilMs: 3_600_000, isActive: false });
  assert.ok(idle.sent.length <= 10 + 3600 / 270, `${idle.sent.length} in an hour`);
});

test("a lane sends 10 probes in any second at most, also in the worst of networks", () => {
  fc.assert(
    fc.property(fc.integer(), fc.double({ min: 0, max: 1, noNaN: true }), (seed, share) => {
      const random = seeded(seed);
      const { sent } = play(() => random() >= share, { untilMs: 120_000, random });
      for (const [index, at] of sent.entries()) {
        const inSecond = sent.slice(index).filter((other) => other < at + 1_000).length;
        assert.ok(inSecond <= 13, `${inSecond} in the second from ${at}, loss ${share}`);
      }
    }),
    { numRuns: 50 },
  );
});
