import { abortable, type Clock, type Logger } from "@antrea/base";
import type { ShareEntry } from "./state.ts";

export interface ShareKeeperDeps {
  /** Undefined while it is not known whether there is more: half a set is not kept. */
  readonly share: () => readonly ShareEntry[] | undefined;
  readonly write: (entries: readonly ShareEntry[]) => Promise<void>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Keeps what is in force for the next agent. */
export interface ShareKeeper {
  /** Something of it is another. */
  changed(): void;
  run(signal: AbortSignal): Promise<void>;
}

/** Changes of this time are written together, in milliseconds. */
const gatherMs = 50;
const retryMs = 1_000;

export function shareKeeper({ share, write, clock, log }: ShareKeeperDeps): ShareKeeper {
  let isOld = false;
  let wake = Promise.withResolvers<void>();

  async function keep(): Promise<boolean> {
    const entries = share();
    if (!isOld || !entries) return true;
    isOld = false;
    try {
      await write(entries);
      return true;
    } catch (error) {
      isOld = true;
      log.warn("Could not keep policies for a restart, will retry", { err: error });
      return false;
    }
  }

  async function keepOn(signal: AbortSignal): Promise<void> {
    for (;;) {
      await abortable(wake.promise, signal);
      wake = Promise.withResolvers<void>();
      await clock.sleep(gatherMs, { signal });
      while (!(await keep())) await clock.sleep(retryMs, { signal });
    }
  }

  return {
    changed() {
      isOld = true;
      wake.resolve();
    },
    async run(signal) {
      try {
        await keepOn(signal);
      } finally {
        await keep();
      }
    },
  };
}
