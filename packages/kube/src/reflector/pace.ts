import type { BackOff } from "@antrea/base";

/** When to try again: failures in a row, and whether the last watch was any good. Pure. */
export interface Pace {
  /** Milliseconds until the next request may be sent; 0 for now. */
  waitMs(now: number): number;
  /** A request is sent. */
  begin(now: number): void;
  /** The watch said something. */
  heard(now: number): void;
  readonly lastHeardMs: number;
  /** The server ended the watch in order. */
  ended(now: number): void;
  /** Counts a failure, and gives how many there were in a row, this one included. */
  fail(now: number): number;
  /** Waits as long as the failures ask for, and at least `leastMs`. */
  backOff(now: number, leastMs?: number): void;
  /** The next request may be sent at once. */
  hurry(now: number): void;
}

/** A watch that lived this long and spoke was a good one: failures are counted anew after it. */
const goodWatchMs = 30_000;
/** A server that ends a watch sooner than this, and says nothing, is in trouble. */
const shortWatchMs = 1_000;

export function pace(policy: BackOff): Pace {
  let failures = 0;
  let notBefore = 0;
  let since = 0;
  let lastHeard = 0;
  let hasSpoken = false;

  const one: Pace = {
    waitMs: (now) => Math.max(0, notBefore - now),
    get lastHeardMs() {
      return lastHeard;
    },
    begin(now) {
      since = now;
      lastHeard = now;
      hasSpoken = false;
    },
    heard(now) {
      lastHeard = now;
      hasSpoken = true;
    },
    ended(now) {
      if (hasSpoken || now - since >= shortWatchMs) {
        failures = 0;
        return one.hurry(now);
      }
      failures++;
      one.backOff(now);
    },
    fail(now) {
      if (hasSpoken && now - since >= goodWatchMs) failures = 0;
      return ++failures;
    },
    backOff(now, leastMs = 0) {
      notBefore = now + Math.max(policy.delayMs(failures), leastMs);
    },
    hurry(now) {
      notBefore = now;
    },
  };
  return one;
}
