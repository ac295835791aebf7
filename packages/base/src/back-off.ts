/** How long to wait before try `attempt` (counted from 1): doubling, capped, with full jitter on the upper half. */
export interface BackOff {
  delayMs(attempt: number): number;
}

export interface BackOffOptions {
  readonly firstMs: number;
  readonly maxMs: number;
  /** Gives numbers in [0, 1); passed in so that tests can count on it. */
  readonly random: () => number;
}

/** An exponential back-off: `firstMs`, twice that, … up to `maxMs`, each shortened by up to a half at random. */
export function exponentialBackOff({ firstMs, maxMs, random }: BackOffOptions): BackOff {
  return {
    delayMs(attempt) {
      const full = Math.min(maxMs, firstMs * 2 ** Math.min(attempt - 1, 30));
      return full / 2 + (full / 2) * random();
    },
  };
}
