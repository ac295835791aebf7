import type { Clock } from "@antrea/base";
import type { Unixctl } from "@antrea/ovsdb/io";

type Wait = { readonly signal: AbortSignal };

/** Asks ovs-vswitchd for the connections of a zone, in its datapath of this type. */
export function zoneDump(control: Unixctl, datapathType: string) {
  return (zone: number, options: Wait): Promise<string> =>
    control.call(
      "dpctl/dump-conntrack",
      [`${datapathType}@ovs-${datapathType}`, `zone=${zone}`],
      options,
    );
}

/** Longer than ovs-vswitchd leaves flows of its datapath alone, in milliseconds. */
const revalidatedMs = 1_000;

/**
 * Waits until the datapath does what flows say now. A round of looking through its flows may have begun
 * before they changed, so a whole one follows; where several datapaths are, Open vSwitch tells of none.
 */
export function datapathSettled(control: Unixctl, clock: Clock) {
  return async (options: Wait): Promise<void> => {
    try {
      for (let round = 0; round < 2; round++) await control.call("revalidator/wait", [], options);
    } catch {
      await clock.sleep(revalidatedMs, options);
    }
  };
}
