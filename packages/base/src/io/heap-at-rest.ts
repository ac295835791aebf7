import { getHeapStatistics } from "node:v8";
import type { ProgramHeap } from "../heap-at-rest.ts";

/** The heap of this process, which collects where Node.js was started with `--expose-gc`, as in the images. */
export const processHeap: ProgramHeap = {
  cpuMs() {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
  heldBytes: () => getHeapStatistics().total_heap_size,
  collect: () => globalThis.gc?.({ type: "major", execution: "sync", flavor: "last-resort" }),
};
