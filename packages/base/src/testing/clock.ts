import type { Clock } from "../clock.ts";

/** A clock that stands still until a test steps it. */
export interface ManualClock extends Clock {
  /** Moves time on by `ms` and wakes whatever sleeps until then, in order. */
  advance(ms: number): void;
}

export function manualClock(startMs = 0): ManualClock {
  let now = startMs;
  const sleepers = new Set<{ readonly due: number; wake(): void }>();
  return {
    now: () => now,
    wallTime: () => new Date(now),
    sleep(ms, { signal } = {}) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason as Error);
        if (ms <= 0) return resolve();
        const sleeper = { due: now + ms, wake: resolve };
        sleepers.add(sleeper);
        signal?.addEventListener("abort", () => {
          sleepers.delete(sleeper);
          reject(signal.reason as Error);
        });
      });
    },
    advance(ms) {
      now += ms;
      for (const sleeper of [...sleepers].sort((a, b) => a.due - b.due)) {
        if (sleeper.due > now) continue;
        sleepers.delete(sleeper);
        sleeper.wake();
      }
    },
  };
}
