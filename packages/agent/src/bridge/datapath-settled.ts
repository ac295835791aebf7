import { abortable, type BackOff, type Clock, type Logger } from "@antrea/base";
import { isOvsdbError } from "@antrea/ovsdb";
import type { Unixctl } from "@antrea/ovsdb/io";

export interface DatapathSettledDeps {
  /** Of ovs-vswitchd. */
  readonly control: Pick<Unixctl, "call">;
  readonly backOff: BackOff;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Resolves once all packets go by the flows that the switch had confirmed before it was called. */
export type DatapathSettled = (options: { readonly signal: AbortSignal }) => Promise<void>;

/** A look that is under way may have begun before; the one after it has not. */
const enoughLooks = 2;

/**
 * What is waited instead of a look where ovs-vswitchd does not say when one is over, in milliseconds: twice
 * what it leaves between two (`max-revalidator`, ovs-vswitchd.conf.db(5)).
 */
const unsaidMs = 1_000;

interface Waiting {
  looks: number;
  readonly done: PromiseWithResolvers<void>;
}

/**
 * That a switch confirms a flow (a barrier, OpenFlow 1.5.1 section 7.3.9) says what its tables hold. Packets
 * go by what its datapath keeps of earlier answers until ovs-vswitchd has looked through that
 * (`revalidator/wait`). It does so at once, but on a busy machine that takes seconds, in which a datapath in
 * the kernel goes on to send as before. Who comes while others wait shares their looks. Until the signal.
 */
export function datapathSettled(
  { control, backOff, clock, log }: DatapathSettledDeps,
  signal: AbortSignal,
): DatapathSettled {
  const all = new Set<Waiting>();

  async function ask(method: "version" | "revalidator/wait"): Promise<void> {
    for (let failures = 0; ; ) {
      try {
        await control.call(method, [], { signal });
        return;
      } catch (error) {
        signal.throwIfAborted();
        if (isOvsdbError(error, "rpc-error")) {
          log.debug("Open vSwitch tells of no look through its datapaths", { err: error });
          return clock.sleep(unsaidMs, { signal });
        }
        await clock.sleep(backOff.delayMs(++failures), { signal }); // ovs-vswitchd starts anew
      }
    }
  }

  /** Looks as long as somebody waits. */
  async function look(): Promise<void> {
    while (all.size > 0) {
      await ask("revalidator/wait");
      for (const one of all) {
        if (--one.looks > 0) continue;
        all.delete(one);
        one.done.resolve();
      }
    }
  }

  async function settled(): Promise<void> {
    await ask("version"); // once round: those who look have heard of all that is confirmed
    const done = Promise.withResolvers<void>();
    all.add({ looks: enoughLooks, done });
    if (all.size === 1) look().catch(rejectAll);
    return done.promise;
  }

  function rejectAll(error: unknown): void {
    for (const { done } of all) done.reject(error);
    all.clear();
  }

  return (options) => abortable(settled(), options.signal);
}
