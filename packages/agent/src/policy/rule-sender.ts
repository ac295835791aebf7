import { type BackOff, type Clock, errorText, type Logger, TerminalError } from "@antrea/base";
import type { RuleKey } from "./rule-keys.ts";
import type { RuleProgress } from "./rule-progress.ts";

export interface RuleSenderDeps {
  /**
   * Asks for a rule in the form that is wanted now, before it first waits: what is asked for together goes
   * out in one bundle. Rejects if the switch refuses it; with a `TerminalError` where that stays so.
   */
  readonly send: (key: RuleKey) => Promise<void>;
  readonly progress: Pick<RuleProgress, "formOf" | "confirmed" | "refused">;
  readonly backOff: BackOff;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Brings rules that are wanted in another form to the switch, and comes back to those that were refused. */
export interface RuleSender {
  add(keys: Iterable<RuleKey>): void;
  /** Sends all that is due; resolves when the switch has answered for each. */
  sendDue(): Promise<void>;
  run(signal: AbortSignal): Promise<void>;
}

/**
 * Unlike a worker of a queue it waits for no answer before it sends a rule once more: rules that change their
 * priorities with each other have to go out in one bundle, whatever is under way.
 */
export function ruleSender({ send, progress, backOff, clock, log }: RuleSenderDeps): RuleSender {
  const due = new Set<RuleKey>();
  const refused = new Map<RuleKey, { readonly attempt: number; readonly againMs: number }>();
  let wake = Promise.withResolvers<void>();

  function takeDue(): readonly RuleKey[] {
    const now = clock.now();
    for (const [key, { attempt, againMs }] of refused) {
      if (againMs > now) continue;
      due.add(key);
      refused.set(key, { attempt, againMs: Number.POSITIVE_INFINITY }); // until it is refused again
    }
    const keys = [...due];
    due.clear();
    return keys;
  }

  async function sendOne(key: RuleKey): Promise<void> {
    const form = progress.formOf(key);
    try {
      await send(key);
      refused.delete(key);
      progress.confirmed(key, form);
    } catch (error) {
      if (progress.formOf(key) !== form) return; // it was sent in another form meanwhile
      const attempt = (refused.get(key)?.attempt ?? 0) + 1;
      progress.refused(key, errorText(error));
      if (error instanceof TerminalError) {
        refused.delete(key);
        return log.warn("A rule is not in force here", { rule: key, err: errorText(error) });
      }
      refused.set(key, { attempt, againMs: clock.now() + backOff.delayMs(attempt) });
      log.warn("The switch refused a rule, will retry", { rule: key, attempt, err: error });
      wake.resolve();
    }
  }

  const sendDue = async (): Promise<void> => {
    await Promise.all(takeDue().map(sendOne));
  };

  return {
    add(keys) {
      for (const key of keys) due.add(key);
      wake.resolve();
    },
    sendDue,
    async run(signal) {
      while (!signal.aborted) {
        wake = Promise.withResolvers<void>();
        void sendDue();
        const next = Math.min(...[...refused.values()].map(({ againMs }) => againMs));
        await wakeAt(next, { wake: wake.promise, clock, signal });
      }
    },
  };
}

async function wakeAt(
  atMs: number,
  options: { readonly wake: Promise<void>; readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  const { wake, clock, signal } = options;
  const timer = new AbortController();
  const until = AbortSignal.any([signal, timer.signal]);
  const delayMs = Math.min(2 ** 31 - 1, Math.max(0, atMs - clock.now()));
  await Promise.race([wake, clock.sleep(delayMs, { signal: until }).catch(() => {})]);
  timer.abort();
}
