import { abortable, type BackOff, type Clock, type Logger } from "@antrea/base";
import { isOvsdbError } from "@antrea/ovsdb";
import type { Unixctl } from "@antrea/ovsdb/io";

export interface DatapathSettledDeps {
  /** Of ovs-vswitchd. */
  readonly control: Pick<Unixctl, "call" | "callAll">;
  readonly backOff: BackOff;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Resolves once all packets go by the flows that the switch had confirmed before it was called. */
export type DatapathSettled = (options: { readonly signal: AbortSignal }) => Promise<void>;

/** Calls that come together wait together, in milliseconds. */
const gatherMs = 50;

/**
 * What is waited where ovs-vswitchd does not say when it has looked through its datapath, in milliseconds:
 * several times what it leaves between two looks (`max-revalidator`, ovs-vswitchd.conf.db(5)).
 */
const unsaidMs = 2_000;

/**
 * That a switch confirms a flow (a barrier, OpenFlow 1.5.1 section 7.3.9) says what its tables hold. Packets
 * go by what its datapath keeps of earlier answers until ovs-vswitchd has looked through that
 * (`revalidator/wait`). It does so at once, but on a busy machine that takes seconds, in which a datapath in
 * the kernel goes on to send as before. Until the signal.
 */
export function datapathSettled(
  { control, backOff, clock, log }: DatapathSettledDeps,
  signal: AbortSignal,
): DatapathSettled {
  let gathering: Promise<void> | undefined;

  /** A look that is under way may have begun before; the one after it has not. */
  async function twoLooks(): Promise<void> {
    await control.call("version", [], { signal }); // once round: those who look have heard of all that is confirmed
    await control.callAll([["revalidator/wait"], ["revalidator/wait"]], { signal });
  }

  /** Others may be on their way meanwhile, each with looks of its own. */
  async function settled(): Promise<void> {
    await clock.sleep(gatherMs, { signal });
    gathering = undefined;
    for (let failures = 0; ; ) {
      try {
        return await twoLooks();
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

  return (options) => {
    gathering ??= settled();
    return abortable(gathering, options.signal);
  };
}
