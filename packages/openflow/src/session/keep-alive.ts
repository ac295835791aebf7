/** When to ask whether the other side is there, and when to give it up. Pure: told of bytes and of time. */
export interface KeepAlive {
  received(now: number): void;
  /** "probe" once when nothing came for the interval, "dead" when nothing came for three. */
  check(now: number): "quiet" | "probe" | "dead";
  /** When `check` may have something new to say. */
  nextWakeMs(): number;
}

export function createKeepAlive(intervalMs: number, now: number): KeepAlive {
  let lastReceived = now;
  let isProbing = false;
  return {
    received(at) {
      lastReceived = at;
      isProbing = false;
    },
    check(at) {
      const silence = at - lastReceived;
      if (silence >= 3 * intervalMs) return "dead";
      if (silence < intervalMs || isProbing) return "quiet";
      isProbing = true;
      return "probe";
    },
    nextWakeMs: () => lastReceived + (isProbing ? 3 : 1) * intervalMs,
  };
}
