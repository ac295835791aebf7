import type { Clock, Logger } from "@antrea/base";
import { changesOf, type DaemonStatus, isHealthy } from "../status.ts";
import { readStatus } from "./read-status.ts";

/** How often the daemons are asked, in milliseconds. */
const askMs = 2_000;

/**
 * Asks the daemons whether they answer, and says what changed, until the signal aborts. It neither starts
 * nor ends one: they are of another Pod, so that they outlive this one.
 */
export async function watchOvs(
  { runDir, clock, log }: { readonly runDir: string; readonly clock: Clock; readonly log: Logger },
  signal: AbortSignal,
): Promise<void> {
  let before: readonly DaemonStatus[] = [];
  while (!signal.aborted) {
    const now = await readStatus(runDir, AbortSignal.any([signal, AbortSignal.timeout(askMs)]));
    if (signal.aborted) return;
    for (const { daemon, isAnswering, detail } of changesOf(before, now)) {
      if (isAnswering) log.info("A daemon answers", { daemon, version: detail });
      else log.warn("A daemon does not answer", { daemon, err: detail });
    }
    if (isHealthy(now) && !(before.length > 0 && isHealthy(before))) log.info("Open vSwitch runs");
    before = now;
    await clock.sleep(askMs, { signal }).catch(() => {});
  }
}
