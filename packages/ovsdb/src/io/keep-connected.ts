import { type BackOff, type Clock, errorText, type Logger } from "@antrea/base";

interface Options {
  /** For the log. */
  readonly path: string;
  readonly clock: Clock;
  readonly backOff: BackOff;
  readonly log: Logger;
  /** One connection's life: resolves with why it ended, throws if it did not come about. */
  readonly serve: (signal: AbortSignal, onReady: () => void) => Promise<string>;
}

/** Connects again and again until the signal aborts; a connection that came about starts the back-off anew. */
export async function keepConnected(options: Options, signal: AbortSignal): Promise<void> {
  const { path, clock, backOff, log, serve } = options;
  let attempt = 0;
  const onReady = (): void => {
    attempt = 0;
  };
  while (!signal.aborted) {
    try {
      const reason = await serve(signal, onReady);
      if (signal.aborted) return;
      log.warn("Lost the connection to OVSDB, will reconnect", { path, err: reason });
    } catch (error) {
      if (signal.aborted) return;
      log.warn("Could not connect to OVSDB, will retry", { path, attempt, err: errorText(error) });
    }
    await clock.sleep(backOff.delayMs(++attempt), { signal });
  }
}
