import type { Clock, Logger } from "@antrea/base";
import type { HostNetwork } from "@antrea/linux";

export interface UntilReadDeps {
  readonly host: Pick<HostNetwork, "unreadBytes">;
  readonly clock: Clock;
  readonly log: Logger;
}

/** How often it is looked, in milliseconds. */
const lookMs = 5;
/** For how long at most, in milliseconds: on a link that is never quiet something always waits. */
const mostMs = 2_000;

/**
 * Resolves once Open vSwitch has read what had come to these devices before: it reads each by a packet socket,
 * in order, so one that is seen empty holds nothing that is older. On a busy machine frames wait there for
 * seconds, and a form that is closed, or a port that is let go, would take them along. Where the kernel has the
 * links to itself nothing waits, and nobody needs to ask.
 */
export async function untilRead(
  devices: readonly string[],
  { host, clock, log }: UntilReadDeps,
  signal: AbortSignal,
): Promise<void> {
  const until = clock.now() + mostMs;
  const isFull = (device: string): boolean => host.unreadBytes(device) > 0;
  for (let full = devices.filter(isFull); full.length > 0; full = full.filter(isFull)) {
    if (clock.now() >= until)
      return log.info("Open vSwitch was never seen to have read all that has come", {
        devices: full,
        waitedMs: mostMs,
      });
    await clock.sleep(lookMs, { signal });
  }
}
