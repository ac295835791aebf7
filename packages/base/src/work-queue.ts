import type { BackOff } from "./back-off.ts";

/**
 * Keys that want a look. A key added twice is handled once; added while it is being handled, it is
 * handled once more; failed, it comes back after a delay. No order between keys is promised.
 * Pure: it takes `now` and says when to call again.
 */
export interface WorkQueue<K> {
  add(key: K): void;
  /** A key that is due, now in the caller's hands until `done` or `failed`. */
  take(now: number): K | undefined;
  /** The key was handled; it comes back only if it was added meanwhile. */
  done(key: K): void;
  /** The key was not handled; it comes back after its back-off. Returns the number of tries so far. */
  failed(key: K, now: number): number;
  /** When the next delayed key is due, in the time of `now`; undefined if none waits for time alone. */
  nextWakeMs(): number | undefined;
  readonly size: number;
  readonly inFlight: number;
}

export function workQueue<K>(backOff: BackOff): WorkQueue<K> {
  const ready = new Set<K>();
  const delayed = new Map<K, number>();
  const taken = new Set<K>();
  const dirty = new Set<K>();
  const attempts = new Map<K, number>();

  const makeReady = (key: K): void => {
    delayed.delete(key);
    ready.add(key);
  };

  return {
    add(key) {
      if (taken.has(key)) dirty.add(key);
      else makeReady(key);
    },
    take(now) {
      for (const [key, due] of delayed) if (due <= now) makeReady(key);
      const next = ready.values().next();
      if (next.done) return undefined;
      ready.delete(next.value);
      taken.add(next.value);
      return next.value;
    },
    done(key) {
      taken.delete(key);
      attempts.delete(key);
      if (dirty.delete(key)) makeReady(key);
    },
    failed(key, now) {
      taken.delete(key);
      const attempt = (attempts.get(key) ?? 0) + 1;
      attempts.set(key, attempt);
      if (dirty.delete(key)) makeReady(key);
      else delayed.set(key, now + backOff.delayMs(attempt));
      return attempt;
    },
    nextWakeMs() {
      let next: number | undefined;
      for (const due of delayed.values()) if (next === undefined || due < next) next = due;
      return next;
    },
    get size() {
      return ready.size + delayed.size;
    },
    get inFlight() {
      return taken.size;
    },
  };
}
