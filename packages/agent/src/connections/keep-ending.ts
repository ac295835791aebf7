import { abortable, type Clock, errorText, type Logger } from "@antrea/base";
import type { ConnectionEnder } from "./connection-ender.ts";
import type { ForbiddenCount } from "./forbidden.ts";

export interface KeepEndingDeps {
  readonly ender: ConnectionEnder;
  /** Whether its author wants what the policy forbids to end. */
  readonly isWanted: (uid: string) => boolean;
  /** Whether all policies are in force as they are wanted: until then nothing is ended. */
  readonly isWhole: () => boolean;
  readonly onEnded: (forbidden: readonly ForbiddenCount[]) => void;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Ends by itself what policies forbid that ask for it, each time that a rule of theirs has come into force. */
export interface EndingKeeper {
  inForce(uid: string): void;
  run(signal: AbortSignal): Promise<void>;
}

/** Rules that come into force within this time are one occasion, in milliseconds. */
const gatherMs = 50;
/** Reading all connections holds up ovs-vswitchd, so between two occasions is at least this, in milliseconds. */
const restMs = 5_000;
/** How long one may take. */
const limitMs = 60_000;

export function endingKeeper({
  ender,
  isWanted,
  isWhole,
  onEnded,
  clock,
  log,
}: KeepEndingDeps): EndingKeeper {
  const due = new Set<string>();
  let wake = Promise.withResolvers<void>();

  async function endDue(signal: AbortSignal): Promise<void> {
    const policies = new Set(due);
    due.clear();
    try {
      const { forbidden, unguarded } = await ender.end({ policies }, { signal });
      if (unguarded > 0) log.warn("Ended connections that may come back", { unguarded });
      if (forbidden.length > 0) onEnded(forbidden);
    } catch (error) {
      for (const uid of policies) due.add(uid);
      log.warn("Could not end connections, will retry", { err: errorText(error) });
      wake.resolve();
    }
  }

  return {
    inForce(uid) {
      if (!isWanted(uid)) return;
      due.add(uid);
      wake.resolve();
    },
    async run(signal) {
      while (!signal.aborted) {
        await abortable(wake.promise, signal);
        await clock.sleep(gatherMs, { signal });
        wake = Promise.withResolvers();
        if (!isWhole()) wake.resolve();
        else await endDue(AbortSignal.any([signal, AbortSignal.timeout(limitMs)]));
        await clock.sleep(restMs, { signal });
      }
    },
  };
}
