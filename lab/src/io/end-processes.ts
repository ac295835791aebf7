import { readlinkSync, statSync } from "node:fs";
import { labVariable } from "./daemon.ts";
import { type ProcessId, processesWithVariable, signalProcess } from "./process-table.ts";
import { waitFor } from "./wait.ts";

/** Kills the processes that `find` gives, again and again until it gives none. */
export async function endAll(what: string, find: () => readonly ProcessId[]): Promise<void> {
  await waitFor(
    () => {
      const alive = find().filter(({ pid }) => pid !== process.pid);
      for (const id of alive) signalProcess(id, "SIGKILL");
      return alive.length === 0 ? true : undefined;
    },
    {
      what: `${what} to end`,
      timeoutMs: 30_000,
      everyMs: 20,
      remedy: "look at them with ps -ef; one in state D waits for the kernel: run it again later",
    },
  );
}

/** Processes that carry the lab's id; with a file that names a network namespace, those in it. */
export function processesMarked(id: string, netnsFile?: string): readonly ProcessId[] {
  const found = processesWithVariable(labVariable, id);
  if (netnsFile === undefined) return found;
  const wanted = `net:[${statSync(netnsFile).ino}]`;
  return found.filter(({ pid }) => netnsOf(pid) === wanted);
}

function netnsOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return undefined; // it ended meanwhile
  }
}
