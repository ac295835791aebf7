import { readFileSync } from "node:fs";
import { processesInCgroup } from "../../io/cgroup.ts";
import { waitFor } from "../../io/wait.ts";

/** A program of the product that runs in a Pod. */
export interface ProgramProcess {
  readonly pid: number;
}

/** The process below this cgroup that runs the program: "antrea-agent". Waits until there is one. */
export async function programProcess(
  cgroups: readonly string[],
  program: string,
  signal: AbortSignal,
): Promise<ProgramProcess> {
  return await waitFor(
    () => cgroups.flatMap(processesInCgroup).find(({ pid }) => isProgram(pid, program)),
    {
      what: `${program} to run`,
      timeoutMs: 30_000,
      remedy: "look at its log: ./antrea-lab kubectl -n kube-system get pods",
      signal,
    },
  );
}

/** Its name is the last part of the script that Node.js was started with. */
function isProgram(pid: number, program: string): boolean {
  const words = read(`/proc/${pid}/cmdline`)?.split("\0") ?? [];
  return words.slice(0, 4).some((word) => word.split("/").at(-1)?.replace(/\.js$/, "") === program);
}

/** Resident memory in megabytes of 2^20 bytes: VmRSS of proc(5) status. */
export function residentMb({ pid }: ProgramProcess): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kilobytes === undefined) throw new Error(`process ${pid} has no memory: it has ended`);
  return Number(kilobytes) / 1024;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined; // it ended meanwhile
  }
}
