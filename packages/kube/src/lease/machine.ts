import { invariant } from "@antrea/base";

/**
 * Who leads, by one Lease (coordination.k8s.io/v1), as client-go's programs understand it. Pure:
 * the Lease as read and `now` in, requests out. `io/leader.ts` sends them.
 *
 * Clocks of different machines are never compared: a holder is gone when its record has not changed
 * for its whole duration *as we have watched it*. A leader counts its time from before it asked, so
 * it stops leading (`renewDeadlineMs`) before anybody else may begin (`durationMs`).
 */
export interface LeaseMachine {
  next(now: number): LeaseStep;
  /** What is stored; undefined where there is no Lease yet. */
  read(lease: ObservedLease | undefined, now: number): void;
  /** Our write was accepted, and gave the Lease this version. */
  written(resourceVersion: string, now: number): void;
  /** A request failed. `isConflict`: somebody else wrote first. */
  failed(isConflict: boolean, now: number): void;
  /** How to hand over at once; undefined if we do not hold it. Afterwards we do not lead. */
  release(now: number): LeaseWrite | undefined;
  isLeader(now: number): boolean;
  /** Whether nobody else can have led between the time before that we led and this one. */
  readonly isUnbroken: boolean;
  /** Who holds it, as far as we know. */
  readonly holder: string | undefined;
}

export type LeaseStep =
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "read" }
  | { readonly kind: "write"; readonly write: LeaseWrite };

/** What to write. The times are put in by the one who sends it. */
export interface LeaseWrite {
  readonly holder: string;
  readonly durationSeconds: number;
  readonly transitions: number;
  /** Whether this begins a new term, so that `acquireTime` is now. */
  readonly isNewTerm: boolean;
  /** The version it replaces; undefined creates the Lease. */
  readonly resourceVersion: string | undefined;
}

export interface ObservedLease {
  /** Empty where the last holder released it. */
  readonly holder: string;
  readonly durationSeconds: number;
  readonly transitions: number;
  readonly resourceVersion: string;
}

export interface LeaseTiming {
  /** How long others wait for a silent holder; whole seconds. */
  readonly durationMs: number;
  /** How long a leader leads without a successful renewal. */
  readonly renewDeadlineMs: number;
  /** Between two renewals, and between two looks of those who wait. */
  readonly retryMs: number;
}

/** A crash is noticed after at most 10 s and one look: 11 s, which leaves four to a slow API server. */
export const defaultLeaseTiming: LeaseTiming = {
  durationMs: 10_000,
  renewDeadlineMs: 7_000,
  retryMs: 1_000,
};

/** A record that claims a longer duration is not waited for any longer than this. */
const longestDurationMs = 60_000;

export function leaseMachine(identity: string, timing: LeaseTiming): LeaseMachine {
  let observed: ObservedLease | undefined;
  let changedAt = 0; // when we saw the record change
  let isFresh = false; // observed is worth acting on
  let nextTry = 0;
  let pending: LeaseWrite | undefined; // handed out, not yet answered
  let askedAt = 0; // when the last request was
  let unansweredSince: number | undefined; // the first write whose fate is not known
  let leadsUntil: number | undefined;
  let wasOurs = false; // we led, and nobody else has held it since
  let isUnbroken = false;

  const expiry = (lease: ObservedLease): number =>
    changedAt + Math.min(lease.durationSeconds * 1000 || timing.durationMs, longestDurationMs);
  const isFree = (now: number): boolean =>
    observed === undefined ||
    observed.holder === "" ||
    observed.holder === identity ||
    expiry(observed) <= now;
  const isLeader = (now: number): boolean => leadsUntil !== undefined && now < leadsUntil;

  function write(now: number): LeaseStep {
    const isNewHolder = observed !== undefined && observed.holder !== identity;
    pending = {
      holder: identity,
      durationSeconds: Math.ceil(timing.durationMs / 1000),
      transitions: (observed?.transitions ?? 0) + (isNewHolder ? 1 : 0),
      isNewTerm: observed?.holder !== identity || leadsUntil === undefined,
      resourceVersion: observed?.resourceVersion,
    };
    askedAt = now;
    unansweredSince ??= now;
    return { kind: "write", write: pending };
  }

  /** Our record is stored, and was asked for then: so long others wait from then on at least. */
  function stored(since: number, now: number): void {
    changedAt = since;
    leadsUntil = since + timing.renewDeadlineMs;
    unansweredSince = undefined;
    if (!isLeader(now)) return; // it was told too late
    isUnbroken = wasOurs;
    wasOurs = true;
  }

  return {
    isLeader,
    get isUnbroken() {
      return isUnbroken;
    },
    get holder() {
      return observed?.holder || undefined;
    },
    next(now) {
      if (leadsUntil !== undefined && now >= leadsUntil) {
        leadsUntil = undefined; // lost: look again before anything else
        isFresh = false;
      }
      if (now < nextTry) return { kind: "wait", ms: nextTry - now };
      if (leadsUntil !== undefined && isFresh) return write(now);
      if (!isFresh) {
        askedAt = now;
        return { kind: "read" };
      }
      isFresh = false; // whatever comes of it, look again next time
      if (isFree(now)) {
        isFresh = true;
        return write(now);
      }
      nextTry = Math.min(now + timing.retryMs, expiry(observed as ObservedLease));
      return { kind: "wait", ms: nextTry - now };
    },
    read(lease, now) {
      const isSame =
        lease?.resourceVersion === observed?.resourceVersion && lease?.holder === observed?.holder;
      observed = lease;
      isFresh = true;
      if (isSame) return;
      changedAt = now;
      // nobody else writes our name: it is a write of ours that arrived, though its answer was lost
      if (lease?.holder === identity && unansweredSince !== undefined)
        return stored(unansweredSince, now);
      unansweredSince = undefined; // it replaces a version that is no more
      if (lease?.holder === identity) return;
      wasOurs = false;
      if (lease !== undefined) leadsUntil = undefined; // taken from us
    },
    written(resourceVersion, now) {
      invariant(pending, "an answer to a write comes after the write");
      observed = { ...pending, resourceVersion };
      stored(askedAt, now);
      nextTry = askedAt + timing.retryMs;
    },
    failed(isConflict, now) {
      isFresh = leadsUntil !== undefined && !isConflict;
      // whoever has waited for an answer in vain has waited enough
      const pauseMs = timing.retryMs / 10;
      nextTry = isConflict ? now + pauseMs : Math.max(askedAt + timing.retryMs, now + pauseMs);
    },
    release(now) {
      if (!isLeader(now) || observed === undefined) return undefined;
      leadsUntil = undefined;
      wasOurs = false;
      isFresh = false;
      nextTry = now + timing.retryMs;
      return releaseOf(observed);
    },
  };
}

/** The record without a holder, as client-go writes it: whoever comes next may take it at once. */
function releaseOf({ transitions, resourceVersion }: ObservedLease): LeaseWrite {
  return { holder: "", durationSeconds: 1, transitions, isNewTerm: false, resourceVersion };
}
