import { setTimeout as timer } from "node:timers/promises";
import type { Clock } from "../clock.ts";

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallTime: () => new Date(),
  sleep: (ms, { signal } = {}) => timer(ms, undefined, signal ? { signal } : {}),
};
