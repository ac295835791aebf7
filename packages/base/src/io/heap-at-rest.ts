import { getHeapStatistics } from "node:v8";
import type { Clock } from "../clock.ts";
import { collectAtRest, type ProgramHeap } from "../heap-at-rest.ts";
import type { Logger } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import { processMetrics as metric } from "../process-metrics.ts";

/**
 * Collects what this process has no use for once it is at rest, and counts that, until `signal`. It can
 * where Node.js was started with `--expose-gc`, as in the images.
 */
export async function collectOwnHeapAtRest(deps: {
  readonly metrics?: Metrics | undefined;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { metrics, ...rest } = deps;
  const heap = ownHeap(globalThis.gc);
  if (!heap) {
    deps.log.debug(
      "Memory is collected when it runs short, not at rest: Node.js has no --expose-gc",
    );
    return;
  }
  await collectAtRest(heap, {
    ...rest,
    onCollected(tookMs) {
      metrics?.inc(metric.collectionsAtRest.name);
      metrics?.inc(metric.collectionsAtRestDuration.name, {}, tookMs / 1000);
    },
  });
}

function ownHeap(collect: typeof globalThis.gc): ProgramHeap | undefined {
  return (
    collect && {
      cpuMs() {
        const { user, system } = process.cpuUsage();
        return (user + system) / 1000;
      },
      heldBytes: () => getHeapStatistics().total_heap_size,
      collect: () => collect({ type: "major", execution: "sync", flavor: "last-resort" }),
    }
  );
}
