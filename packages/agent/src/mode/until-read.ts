import type { Clock, Logger } from "@antrea/base";
import type { HostNetwork } from "@antrea/linux";

export interface UntilReadDeps {
  readonly host: Pick<HostNetwork, "unreadBytes">;
  readonly clock: Clock;
  readonly log: Logger;
}

/** How often it is looked, in milliseconds. */
const lookMs = 5;
/** For how long at most while it reads, in milliseconds: on a link that is never quiet something always waits. */
const readsMs = 2_000;
/** For how long at most while it stands still, in milliseconds. */
const stillMs = 10_000;

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
  const since = clock.now();
  let until = since + stillMs;
  let reads = false;
  for (let unread = look(devices); unread.size > 0; ) {
    if (clock.now() >= until)
      return log.info("Open vSwitch was never seen to have read all that has come", {
        devices: [...unread.keys()],
        waitedMs: Math.round(clock.now() - since),
      });
    await clock.sleep(lookMs, { signal });
    const now = look([...unread.keys()]);
    if (!reads && [...unread].some(([device, bytes]) => (now.get(device) ?? 0) < bytes)) {
      reads = true;
      until = Math.min(until, clock.now() + readsMs);
    }
    unread = now;
  }

  /** Those in which something waits, with the bytes of it. */
  function look(names: readonly string[]): ReadonlyMap<string, number> {
    const all = names.map((device) => [device, host.unreadBytes(device)] as const);
    return new Map(all.filter(([, bytes]) => bytes > 0));
  }
}
