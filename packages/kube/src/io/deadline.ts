import type { Clock } from "@antrea/base";

export interface DeadlineOptions {
  readonly clock: Clock;
  readonly ms: number;
  /** What to fail with when the time is over. */
  readonly expired: () => Error;
  readonly signal?: AbortSignal | undefined;
}

/** Runs `body` with a signal that aborts when `signal` does, or after `ms` with the error `expired()`. */
export async function withDeadline<T>(
  { clock, ms, expired, signal }: DeadlineOptions,
  body: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const own = new AbortController();
  const timer = new AbortController();
  const forward = (): void => own.abort(signal?.reason);
  signal?.addEventListener("abort", forward, { once: true });
  clock.sleep(ms, { signal: timer.signal }).then(
    () => own.abort(expired()),
    () => {}, // the body was in time
  );
  try {
    return await body(own.signal);
  } catch (error) {
    throw own.signal.aborted ? own.signal.reason : error;
  } finally {
    timer.abort();
    signal?.removeEventListener("abort", forward);
  }
}
