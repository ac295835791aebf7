import { type Clock, errorText, isEmptyChange, type Logger, type Realizer } from "@antrea/base";
import { isEmptyHostChange } from "@antrea/linux";
import type { Flow } from "@antrea/openflow/flow";
import type { HostWriter } from "./host/host-writer.ts";

/** How often the switch and the host are compared with what they should be, in milliseconds. */
const tickMs = 4_000;

/** Puts back what others changed on the switch and the host, and says what it was. */
export async function keepAsDesired(
  {
    flows,
    hostWriter,
    clock,
    log,
  }: {
    readonly flows: Realizer<Flow>;
    readonly hostWriter: HostWriter;
    readonly clock: Clock;
    readonly log: Logger;
  },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(tickMs, { signal });
    try {
      const change = await flows.resync({ signal });
      if (!isEmptyChange(change)) {
        log.warn("Put back flows that were changed by others", {
          added: change.add.map(({ key }) => key),
          modified: change.modify.map(({ key }) => key),
          removed: change.remove.map(({ key }) => key),
        });
      }
      const hostChange = await hostWriter.resync();
      if (!isEmptyHostChange(hostChange)) log.warn("Put back what others changed on the host");
    } catch (error) {
      if (!signal.aborted)
        log.warn("Could not compare with what should be, will retry", { err: errorText(error) });
    }
  }
}
