import { abortable, type BackOff, type Clock, errorText, type Logger } from "@antrea/base";
import { type FlowMod, flowModOf } from "@antrea/openflow";
import { flow } from "@antrea/openflow/flow";
import { isOvsdbError } from "@antrea/ovsdb";
import type { Unixctl } from "@antrea/ovsdb/io";
import type { SwitchConnection, SwitchLink } from "./switch-link.ts";

export interface DatapathSettledDeps {
  /** Of ovs-vswitchd. */
  readonly control: Pick<Unixctl, "call">;
  /** Of the bridge. */
  readonly session: {
    connection(
      options: Parameters<SwitchLink["connection"]>[0],
    ): Promise<Pick<SwitchConnection, "sendAll">>;
  };
  readonly backOff: BackOff;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Resolves once all packets go by the flows that the switch had confirmed before it was called. */
export type DatapathSettled = (options: { readonly signal: AbortSignal }) => Promise<void>;

/**
 * Removes a flow that nobody has. Nothing comes of it, but ovs-vswitchd looks through its datapath after
 * whatever is asked of its tables (ofproto-dpif.c).
 */
const nudge: FlowMod = {
  ...flowModOf("deleteStrict", flow({ table: 253, cookie: 0x6e6f6e65n })),
  cookieMask: 0xffff_ffff_ffff_ffffn,
};
/** It is no use later, in milliseconds. */
const nudgeMs = 1_000;

/** Calls that come together wait together, in milliseconds. */
const gatherMs = 20;

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
  { control, session, backOff, clock, log }: DatapathSettledDeps,
  signal: AbortSignal,
): DatapathSettled {
  let gathering: Promise<void> | undefined;

  /** A look that is under way may have begun before; the one after it has not. */
  async function twoLooks(): Promise<void> {
    await onceRound(); // those who look have heard of all that is confirmed
    await look();
    await look();
  }

  async function onceRound(): Promise<void> {
    await control.call("version", [], { signal });
  }

  /** Resolves at the end of a look. Without a nudge the next begins up to half a second later. */
  async function look(): Promise<void> {
    const over = control.call("revalidator/wait", [], { signal });
    over.catch(() => {}); // told below
    await onceRound(); // it is waited for
    hasten().catch((error: unknown) =>
      log.debug("Could not have Open vSwitch look at once", { err: errorText(error) }),
    );
    await over;
  }

  async function hasten(): Promise<void> {
    const soon = AbortSignal.any([signal, AbortSignal.timeout(nudgeMs)]);
    await (await session.connection({ signal: soon })).sendAll([nudge], { signal: soon });
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
