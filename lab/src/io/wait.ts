import { systemClock } from "@antrea/base/io";
import { errorText, isAbort } from "@antrea/base";
import { LabError } from "../errors.ts";

export interface WaitOptions {
  /** Completes "Waited 30 s for …". */
  readonly what: string;
  /** Multiplied by ANTREA_LAB_PATIENCE, for machines much slower than the one where limits were chosen. */
  readonly timeoutMs: number;
  /** As many times longer too: a look costs such a machine as many times more. */
  readonly everyMs?: number;
  readonly remedy: string;
  /** Asked when the time is over: what else was seen, in lines of their own. */
  readonly explain?: () => Promise<string>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks again and again until `probe` gives something else than undefined. A probe that throws means
 * "not yet"; what it threw last is told when the time is over.
 */
export async function waitFor<T>(
  probe: () => Promise<T | undefined> | T | undefined,
  { what, timeoutMs, everyMs = 100, remedy, explain, signal }: WaitOptions,
): Promise<T> {
  const limitMs = timeoutMs * patience();
  const deadline = systemClock.now() + limitMs;
  for (let last: unknown; ; ) {
    signal?.throwIfAborted();
    try {
      const value = await probe();
      if (value !== undefined) return value;
      last = undefined;
    } catch (error) {
      if (signal?.aborted && isAbort(error)) throw error;
      if (error instanceof LabError) throw error;
      last = error;
    }
    if (systemClock.now() >= deadline) {
      const said = last === undefined ? "" : `; the last answer was: ${errorText(last)}`;
      const more = explain ? await explain().catch(() => "") : "";
      throw new LabError({
        saw: `Waited ${limitMs / 1000} s for ${what}${said}${more && `\n${more}`}`,
        wanted: what,
        remedy,
      });
    }
    await systemClock.sleep(everyMs * patience(), { signal });
  }
}

/** What ANTREA_LAB_PATIENCE says: how many times slower than that machine this one is taken for. */
export function patience(): number {
  const factor = Number(process.env["ANTREA_LAB_PATIENCE"]);
  return factor > 0 ? factor : 1;
}
