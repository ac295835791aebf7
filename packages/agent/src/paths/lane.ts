import { smallProbeBytes } from "./probe-frame.ts";

/**
 * The direct path to one peer in one IP family, as probes find it: a state machine without packets
 * or timers. It says when which probes are due, is told what became of each, and gives its verdict.
 *
 *     seeking ──answered──► calming ──calm──► proven ──one lost──► suspect ──eight lost──► seeking
 *        └─ only small ones pass ─► sizing ─┘              └─answered─► proven       (or sizing)
 */
export interface Lane {
  /** Bytes of an IP packet that Pods may send: what the path has to carry. */
  readonly full: number;
  readonly stage: Stage;
  /** When probes are due, in the clock's milliseconds. */
  readonly nextAt: number;
  /** Since when the verdict is what it is. */
  readonly since: number;
  /** How often in a row the path was taken and failed soon; each time it has to be calm for twice as long. */
  readonly falls: number;
  readonly cause: Cause;
  /** The largest packet that came back. */
  readonly mtu?: number | undefined;
  /** Of answers, smoothed as TCP does (RFC 6298). */
  readonly roundTripMs?: number | undefined;
  /** What became of the last probes of full size, the latest last. */
  readonly history: readonly boolean[];
  /** When the latest of those that were answered was sent: an earlier one that is lost says nothing new. */
  readonly answeredSentAt: number;
}

type Stage =
  | { readonly kind: "seeking"; readonly attempt: number; readonly isSmallAnswered: boolean }
  | {
      readonly kind: "calming";
      readonly since: number;
      readonly answered: number;
      readonly lostInRow: number;
    }
  | { readonly kind: "proven" }
  | {
      readonly kind: "suspect";
      readonly lost: number;
      readonly sent: number;
      readonly isSmallAnswered: boolean;
    }
  /** `low` and `high`: places in the list of sizes that pass and that do not. */
  | { readonly kind: "sizing"; readonly low: number; readonly high: number; readonly lost: number };

/** Why there is no proof. */
export type Cause = "unmeasured" | "silence" | "size";

/** A probe that was sent, by what is known of it when it ends. */
export interface SentProbe {
  readonly packetBytes: number;
  readonly sentAt: number;
}

/** Times in milliseconds. A failure is found within 800 + 10 % + 400 + 7 · 120 + 400 = 2520. */
export const pace = {
  /** An answer that takes longer counts as lost. */
  answerWithin: 400,
  /** Between probes of a proven path that Pods use; and of one that none does. */
  active: 800,
  idle: 300_000,
  /** Between probes once one was lost. */
  burst: 120,
  /** So many lost in a row end the proof. */
  fallAfter: 8,
  /** Between probes of a path that answers and is not taken yet. */
  calming: 300,
  /** How long it must answer before it is taken: at first, and after it failed, doubling. */
  firstCalm: 1_000,
  calm: 5_000,
  longestCalm: 640_000,
  /** Between tries of a path that does not answer, doubling. */
  retry: 1_000,
  longestRetryActive: 10_000,
  /** A path that held for so many times its calm has its earlier falls forgiven. */
  forgivenAfter: 10,
} as const;

/** What a path may carry where it does not carry what Pods send. */
const sizes = [1280, 1400, 1450, 1500, 8950, 9000] as const;
const copies = 3;
const historyLength = 32;

export function newLane(full: number, now: number): Lane {
  return {
    full,
    stage: { kind: "seeking", attempt: 0, isSmallAnswered: false },
    nextAt: now,
    since: now,
    falls: 0,
    cause: "unmeasured",
    history: [],
    answeredSentAt: Number.NEGATIVE_INFINITY,
  };
}

/** One that was proven before the agent started anew: it is asked at once, and left if it does not answer. */
export function inheritedLane(full: number, now: number): Lane {
  return { ...newLane(full, now), stage: { kind: "proven" } };
}

export function isProven({ stage }: Lane): boolean {
  return stage.kind === "proven" || stage.kind === "suspect";
}

/** Whether its probes keep traffic from being lost: they go before those that only look for a better path. */
export function isUrgent(lane: Lane, isActive: boolean): boolean {
  return isActive && isProven(lane);
}

/** How long the path must answer before it is taken. */
export function calmOf({ falls }: Pick<Lane, "falls">): number {
  return falls === 0 ? pace.firstCalm : Math.min(pace.calm * 2 ** (falls - 1), pace.longestCalm);
}

/** The share of the last probes of full size that were lost, from 0 to 1; undefined before the first. */
export function lossOf({ history }: Lane): number | undefined {
  return history.length === 0
    ? undefined
    : history.filter((isAnswered) => !isAnswered).length / history.length;
}

export interface TakeOptions {
  readonly now: number;
  /** Whether Pods send to the peer. */
  readonly isActive: boolean;
  /** In [0, 1): probes of many peers and many Nodes must not come together. */
  readonly random: () => number;
}

/** The probes that are due, by their sizes; the lane goes on as if they were sent. */
export function takeProbes(
  lane: Lane,
  { now, isActive, random }: TakeOptions,
): { readonly lane: Lane; readonly packetBytes: readonly number[] } {
  const { stage, full } = lane;
  if (now < lane.nextAt) return { lane, packetBytes: [] };
  const jittered = (ms: number): number => now + ms * (0.9 + 0.2 * random());
  switch (stage.kind) {
    case "seeking": {
      const longest = isActive ? pace.longestRetryActive : pace.idle;
      const wait = Math.min(pace.retry * 2 ** stage.attempt, longest);
      return {
        lane: {
          ...lane,
          stage: { ...stage, attempt: Math.min(stage.attempt + 1, 20), isSmallAnswered: false },
          nextAt: jittered(wait),
        },
        packetBytes: [smallProbeBytes, full],
      };
    }
    case "calming":
      return { lane: { ...lane, nextAt: jittered(pace.calming) }, packetBytes: [full] };
    case "proven":
      return {
        lane: { ...lane, nextAt: jittered(isActive ? pace.active : pace.idle) },
        packetBytes: [full],
      };
    case "suspect":
      return {
        lane: { ...lane, stage: { ...stage, sent: stage.sent + 1 }, nextAt: now + pace.burst },
        packetBytes: stage.sent % 3 === 0 ? [smallProbeBytes, full] : [full],
      };
    case "sizing": {
      const size = sizesBelow(full)[middle(stage)] ?? full;
      return {
        lane: { ...lane, stage: { ...stage, lost: 0 }, nextAt: jittered(2 * pace.answerWithin) },
        packetBytes: Array<number>(copies).fill(size),
      };
    }
  }
}

/** Pods begin to send to the peer: what was left for later is due. */
export function urged(lane: Lane, now: number): Lane {
  const soon = isProven(lane) ? now : now + pace.longestRetryActive;
  return soon < lane.nextAt ? { ...lane, nextAt: soon } : lane;
}

/** The probe came back. */
export function answered(lane: Lane, { packetBytes, sentAt }: SentProbe, now: number): Lane {
  const heard = { ...lane, roundTripMs: smoothed(lane.roundTripMs, now - sentAt) };
  const { stage, full } = heard;
  if (packetBytes < full) return answeredSmaller(heard, packetBytes, now);
  const whole: Lane = {
    ...heard,
    mtu: full,
    history: remembered(heard, true),
    answeredSentAt: Math.max(heard.answeredSentAt, sentAt),
  };
  switch (stage.kind) {
    case "seeking":
    case "sizing":
      return {
        ...whole,
        stage: { kind: "calming", since: now, answered: 1, lostInRow: 0 },
        nextAt: now + pace.calming,
      };
    case "calming": {
      const isCalm = now - stage.since >= calmOf(whole) && stage.answered >= 2;
      return isCalm
        ? { ...whole, stage: { kind: "proven" }, since: now }
        : { ...whole, stage: { ...stage, answered: stage.answered + 1, lostInRow: 0 } };
    }
    case "suspect":
      return { ...whole, stage: { kind: "proven" }, nextAt: now + pace.active };
    case "proven":
      return whole;
  }
}

function answeredSmaller(lane: Lane, packetBytes: number, now: number): Lane {
  const { stage } = lane;
  if (stage.kind === "seeking" || stage.kind === "suspect")
    return { ...lane, stage: { ...stage, isSmallAnswered: true } };
  const isAsked = stage.kind === "sizing" && packetBytes === sizesBelow(lane.full)[middle(stage)];
  return isAsked ? sized({ ...lane, stage: { ...stage, low: middle(stage) } }, now) : lane;
}

/** The probe did not come back in time. */
export function lost(lane: Lane, { packetBytes, sentAt }: SentProbe, now: number): Lane {
  const { stage, full } = lane;
  if (packetBytes < full) return lostSmaller(lane, packetBytes, now);
  const known = { ...lane, history: remembered(lane, false) };
  if (sentAt <= lane.answeredSentAt) return known;
  switch (stage.kind) {
    case "seeking":
      if (!stage.isSmallAnswered) return { ...known, cause: "silence", mtu: undefined };
      return known.cause === "size" && known.mtu !== full ? known : sizing(known, now);
    case "calming":
      return stage.lostInRow === 0
        ? { ...known, stage: { ...stage, lostInRow: 1 } }
        : seeking({ ...known, cause: "silence", mtu: undefined }, now);
    case "proven":
      return {
        ...known,
        stage: { kind: "suspect", lost: 1, sent: 0, isSmallAnswered: false },
        nextAt: now,
      };
    case "suspect": {
      const count = stage.lost + 1;
      if (count < pace.fallAfter) return { ...known, stage: { ...stage, lost: count } };
      const fallen = { ...known, since: now, falls: fallsAfter(known, now) };
      return stage.isSmallAnswered
        ? sizing(fallen, now)
        : seeking({ ...fallen, cause: "silence", mtu: undefined }, now);
    }
    case "sizing":
      return known;
  }
}

function lostSmaller(lane: Lane, packetBytes: number, now: number): Lane {
  const { stage, full } = lane;
  if (stage.kind !== "sizing" || packetBytes !== sizesBelow(full)[middle(stage)]) return lane;
  const count = stage.lost + 1;
  return count < copies
    ? { ...lane, stage: { ...stage, lost: count } }
    : sized({ ...lane, stage: { ...stage, high: middle(stage) } }, now);
}

/** One more in a row, or the first for long. */
function fallsAfter(lane: Lane, now: number): number {
  const held = now - lane.since;
  return held > pace.forgivenAfter * calmOf({ falls: lane.falls + 1 }) ? 1 : lane.falls + 1;
}

function seeking(lane: Lane, now: number): Lane {
  return {
    ...lane,
    stage: { kind: "seeking", attempt: 1, isSmallAnswered: false },
    nextAt: now + pace.retry,
  };
}

/** Looks for the largest of a short list of sizes that passes, by halving. */
function sizing(lane: Lane, now: number): Lane {
  const stage = { kind: "sizing", low: -1, high: sizesBelow(lane.full).length, lost: 0 } as const;
  return sized({ ...lane, cause: "size", mtu: undefined, stage }, now);
}

/** The next step of that, or its end. */
function sized(
  lane: Lane & { readonly stage: Extract<Stage, { kind: "sizing" }> },
  now: number,
): Lane {
  const { low, high } = lane.stage;
  if (high - low > 1) return { ...lane, stage: { ...lane.stage, lost: 0 }, nextAt: now };
  return seeking({ ...lane, mtu: sizesBelow(lane.full)[low] }, now);
}

function middle({ low, high }: { readonly low: number; readonly high: number }): number {
  return Math.floor((low + high) / 2);
}

function sizesBelow(full: number): readonly number[] {
  return sizes.filter((size) => size < full);
}

function smoothed(before: number | undefined, sample: number): number {
  return before === undefined ? sample : before + (sample - before) / 8;
}

function remembered({ history }: Lane, isAnswered: boolean): readonly boolean[] {
  return [...history, isAnswered].slice(-historyLength);
}
