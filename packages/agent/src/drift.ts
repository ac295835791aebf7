import { type Clock, errorText, type Logger } from "@antrea/base";

/** A part of the switch or the host that is kept as it should be. */
export interface Kept {
  /** "flows", "host" … */
  readonly name: string;
  /** Puts right what differs, and tells what that was, each in a line. */
  compare(signal: AbortSignal): Promise<readonly string[]>;
  /** Calls back when something of it may have changed; returns how to stop that. */
  follow?(onChange: () => void): () => void;
}

export interface DriftDeps {
  readonly kept: readonly Kept[];
  /** Told of everything that was put back. */
  readonly report: (name: string, lines: readonly string[]) => void;
  readonly clock: Clock;
  readonly log: Logger;
}

/** How often each part is compared though nothing told of a change, in milliseconds: some changes tell nobody. */
const tickMs = 3_000;
/** What changes together is put back together; and in a war of edits, the other side is answered no faster. */
const settleMs = 200;

/** Puts back what others change on the switch and the host, and says what it was. */
export async function keepAsDesired(
  { kept, report, clock, log }: DriftDeps,
  signal: AbortSignal,
): Promise<void> {
  const parts = kept.map((one) => ({ one, wake: alarm() }));

  async function keep({ one, wake }: (typeof parts)[number]): Promise<void> {
    const stop = one.follow?.(wake.ring);
    while (!signal.aborted) {
      await wake.wait(tickMs, clock, signal);
      if (signal.aborted) break;
      try {
        const lines = await one.compare(signal);
        if (lines.length === 0) continue;
        report(one.name, lines);
        // a port that came back is a device that is new to the host
        for (const other of parts) if (other.one !== one) other.wake.ring();
      } catch (error) {
        if (!signal.aborted)
          log.warn("Could not compare with what should be, will retry", {
            part: one.name,
            err: errorText(error),
          });
      }
    }
    stop?.();
  }

  await Promise.all(parts.map(keep));
}

/** Waits for a ring or for a time; a ring between two waits is not lost. */
function alarm() {
  let rung = Promise.withResolvers<void>();
  /** It goes on where a ring came first, and ends the next wait early: to cancel it costs more. */
  let tick: Promise<void> | undefined;
  return {
    ring: (): void => rung.resolve(),
    async wait(ms: number, clock: Clock, signal: AbortSignal): Promise<void> {
      tick ??= clock
        .sleep(ms, { signal })
        .catch(() => {})
        .finally(() => {
          tick = undefined;
        });
      await Promise.race([rung.promise, tick]);
      await clock.sleep(settleMs, { signal }).catch(() => {});
      rung = Promise.withResolvers();
    },
  };
}
