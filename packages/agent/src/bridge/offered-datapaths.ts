import { type Clock, errorText } from "@antrea/base";
import { isOvsdbError } from "@antrea/ovsdb";
import type { Unixctl } from "@antrea/ovsdb/io";
import { systemOffer } from "../ovs/datapaths.ts";

/** How long to wait for an ovs-vswitchd that does not run yet, in milliseconds. */
const againMs = 100;

/**
 * What ovs-vswitchd can do on this machine, asked of itself once it runs. Its database is no help:
 * `datapath_types` says what it was built with, also where the kernel has no openvswitch module.
 */
export async function offeredDatapaths(
  control: Unixctl,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<ReadonlySet<string>> {
  for (;;) {
    const answer = await askForKernelDatapath(control, signal);
    if (answer !== undefined)
      return new Set(systemOffer(answer).isOffered ? ["system", "netdev"] : ["netdev"]);
    await clock.sleep(againMs, { signal });
  }
}

/** The answer to a question for a kernel datapath that does not exist; undefined while nobody answers. */
async function askForKernelDatapath(
  control: Unixctl,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    await control.call("dpctl/show", ["system@antrea-probe"], { signal });
    return "No such device"; // it exists: then the kernel surely has datapaths
  } catch (error) {
    signal.throwIfAborted();
    return isOvsdbError(error, "rpc-error") ? errorText(error) : undefined;
  }
}
