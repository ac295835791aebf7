/** How a daemon ended that should have gone on. */
export interface Ending {
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** The last thing it said on standard error. */
  readonly lastWords: string;
}

export type Verdict =
  | { readonly kind: "restart" }
  | { readonly kind: "give-up"; readonly reason: string };

/** Decides what becomes of a daemon that died. Pure: takes `now`. */
export interface RestartPolicy {
  died(ending: Ending, now: number): Verdict;
}

/**
 * Restarts at once, since every second without ovs-vswitchd is one without traffic, and Kubernetes would
 * wait longer from time to time; more than `maxDeaths` within `windowMs` is no accident any more.
 */
export function restartPolicy({ maxDeaths = 5, windowMs = 60_000 } = {}): RestartPolicy {
  let deaths: number[] = [];
  return {
    died(ending, now) {
      deaths = [...deaths.filter((at) => now - at < windowMs), now];
      if (deaths.length <= maxDeaths) return { kind: "restart" };
      const seconds = Math.round(windowMs / 1000);
      return {
        kind: "give-up",
        reason: `it died ${deaths.length} times within ${seconds} s, at last it ${endingText(ending)}`,
      };
    },
  };
}

/** Completes "the daemon …". */
export function endingText({ exitCode, signal, lastWords }: Ending): string {
  const how = signal ? `was ended by ${signal}` : `exited with code ${exitCode}`;
  return lastWords === "" ? how : `${how}: ${lastWords}`;
}
