import { type Clock, errorText, isEmptyChange, type Logger, type Realizer } from "@antrea/base";
import { isEmptyHostChange } from "@antrea/linux";
import type { Flow } from "@antrea/openflow/flow";
import type { TunnelNeighbours } from "./bridge/tunnel-neighbours.ts";
import type { TunnelRoute } from "./bridge/tunnel-routes.ts";
import type { HostWriter } from "./host/host-writer.ts";

/** How often the switch and the host are compared with what they should be, in milliseconds. */
const tickMs = 4_000;
/** Every how many ticks ovs-vswitchd is told the tunnel neighbours again; it forgets after 15 minutes without use. */
const ticksOfNeighbours = 60;

/** Puts back what others changed on the switch and the host, and says what it was. */
export async function keepAsDesired(
  {
    flows,
    tunnelRoutes,
    hostWriter,
    tunnelNeighbours,
    clock,
    log,
  }: {
    readonly flows: Realizer<Flow>;
    readonly tunnelRoutes: Realizer<TunnelRoute>;
    readonly hostWriter: HostWriter;
    readonly tunnelNeighbours: TunnelNeighbours;
    readonly clock: Clock;
    readonly log: Logger;
  },
  signal: AbortSignal,
): Promise<void> {
  for (let tick = 1; !signal.aborted; tick++) {
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
      if (tick % ticksOfNeighbours === 0) await tunnelNeighbours.refresh({ signal });
      const hostChange = await hostWriter.resync();
      if (!isEmptyHostChange(hostChange)) log.warn("Put back what others changed on the host");
      // last, since one route that is refused fails all of them
      const routes = await tunnelRoutes.resync({ signal });
      if (!isEmptyChange(routes)) log.warn("Put back tunnel routes that were changed by others");
    } catch (error) {
      if (!signal.aborted)
        log.warn("Could not compare with what should be, will retry", { err: errorText(error) });
    }
  }
}
