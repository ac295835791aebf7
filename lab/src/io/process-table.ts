import { readdirSync, readFileSync } from "node:fs";

/** A process that cannot be mistaken for a later one with the same id. */
export interface ProcessId {
  readonly pid: number;
  /** Clock ticks from boot to its start, field 22 of proc(5) stat. */
  readonly startTicks: number;
}

/**
 * The process with this id now, unless there is none or it is a zombie. One whose first thread has ended
 * while others have not is none yet: it still holds its sockets.
 */
export function findProcess(pid: number): ProcessId | undefined {
  return parseStat(pid, read(`/proc/${pid}/stat`));
}

/** Reads proc(5) stat: state is field 3, threads field 20, start field 22. */
export function parseStat(pid: number, stat: string | undefined): ProcessId | undefined {
  // The name is in parentheses and may hold anything; the fields follow the last one.
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (!fields || fields[0] === "X") return undefined;
  if (fields[0] === "Z" && Number(fields[17]) <= 1) return undefined;
  return { pid, startTicks: Number(fields[19]) };
}

export function isAlive({ pid, startTicks }: ProcessId): boolean {
  return findProcess(pid)?.startTicks === startTicks;
}

/** Sends a signal to exactly this process; nothing happens if it has ended. */
export function signalProcess(id: ProcessId, signal: NodeJS.Signals): void {
  if (!isAlive(id)) return;
  try {
    process.kill(id.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** All processes that were started with this variable in their environment. */
export function processesWithVariable(name: string, value: string): readonly ProcessId[] {
  const wanted = `${name}=${value}`;
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .filter((entry) => read(`/proc/${entry}/environ`)?.split("\0").includes(wanted))
    .flatMap((entry) => findProcess(Number(entry)) ?? []);
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined; // it ended meanwhile
  }
}
