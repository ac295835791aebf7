import type { Clock } from "@antrea/base";
import type { Unixctl } from "@antrea/ovsdb/io";
import { askSystemOffer } from "../ovs/datapaths.ts";

/** How long to wait for an ovs-vswitchd that does not run yet, in milliseconds. */
const againMs = 100;

/** What ovs-vswitchd can do on this machine, asked of itself once it runs. */
export async function offeredDatapaths(
  control: Unixctl,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<ReadonlySet<string>> {
  for (;;) {
    const system = await askSystemOffer((command, args) => control.call(command, args, { signal }));
    signal.throwIfAborted();
    if (system) return new Set(system.isOffered ? ["system", "netdev"] : ["netdev"]);
    await clock.sleep(againMs, { signal });
  }
}
