import type { Clock } from "./clock.ts";
import type { Logger } from "./log.ts";

/** What a program uses, and how it has unused values collected. */
export interface ProgramHeap {
  /** Processor time since the start, in milliseconds. */
  cpuMs(): number;
  /** What the heap has of the machine's memory, used or not, in bytes. */
  heldBytes(): number;
  /** Collects all that is unused and gives back what it can. The program stands still meanwhile. */
  collect(): void;
}

/** How often the program is looked at, in milliseconds. */
const lookEveryMs = 5_000;
/** What a program at rest may use between two looks: 5 % of a processor. */
const restfulCpuMs = 250;
/** So many looks in a row must have found rest. */
const restfulLooks = 2;
/**
 * What a heap must have taken since the last collection to be worth another, in bytes: more than the young
 * heap, which is full again soon.
 */
const worthBytes = 16 * 1024 * 1024;

/**
 * Collects once a program has come to rest, until `signal`. V8 collects when new values need the room, so
 * what a start or a burst of Pods took would stay for as long as the program has little to do.
 */
export async function collectAtRest(
  heap: ProgramHeap,
  deps: {
    readonly clock: Clock;
    /** Told how long the program stood still, in milliseconds. */
    readonly onCollected: (tookMs: number) => void;
    readonly log: Logger;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { clock, onCollected, log, signal } = deps;
  let cpuMs = heap.cpuMs();
  let keptBytes = 0;
  let restful = 0;
  while (!signal.aborted) {
    await clock.sleep(lookEveryMs, { signal }).catch(() => {});
    const usedBefore = cpuMs;
    cpuMs = heap.cpuMs();
    restful = cpuMs - usedBefore <= restfulCpuMs ? restful + 1 : 0;
    const heldBytes = heap.heldBytes();
    if (signal.aborted || restful < restfulLooks || heldBytes - keptBytes < worthBytes) continue;
    const startedMs = clock.now();
    heap.collect();
    cpuMs = heap.cpuMs();
    keptBytes = heap.heldBytes();
    const tookMs = clock.now() - startedMs;
    onCollected(tookMs);
    log.debug("Collected what is unused, at rest", {
      tookMs: Math.round(tookMs),
      heapMegabytes: toMegabytes(heldBytes),
      keptMegabytes: toMegabytes(keptBytes),
    });
  }
}

function toMegabytes(bytes: number): number {
  return Math.round(bytes / 1024 / 1024);
}
