import { existsSync, readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Set in the environment of each batch, and so of whatever it starts: by it a process is recognised. */
export const marker = "ANTREA_TEST_BATCH";

/** What a test could leave on the machine besides processes. */
export interface MachineState {
  readonly namespaces: ReadonlySet<string>;
  readonly mounts: ReadonlySet<string>;
  readonly cgroups: ReadonlySet<string>;
}

export function observeMachine(): MachineState {
  const mounts = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
  return {
    namespaces: new Set(existsSync("/run/netns") ? readdirSync("/run/netns") : []),
    // proc(5): the fifth field is the mount point. A named namespace is a mount too, and told of above.
    mounts: new Set(
      mounts.map((line) => line.split(" ")[4] ?? "").filter((at) => !at.startsWith("/run/netns")),
    ),
    cgroups: new Set(existsSync("/sys/fs/cgroup") ? labCgroups() : []),
  };
}

/** Ours lie at the top, or one below in the older version of cgroups. */
function labCgroups(): readonly string[] {
  const list = (folder: string): readonly string[] =>
    readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => `${folder}/${entry.name}`);
  const top = list("/sys/fs/cgroup");
  return [...top, ...top.flatMap(list)].filter((path) => path.includes("antrea"));
}

/** Processes that carry this mark; those that we may not look at are not ours. */
export function markedProcesses(mark: string | undefined): readonly number[] {
  if (mark === undefined) return [];
  const wanted = `${marker}=${mark}`;
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(wanted);
      } catch {
        return false; // it has ended
      }
    })
    .map(Number);
}

/**
 * What is still there a moment after the end, as sentences: processes that carry the mark, which are
 * ended, and what `before` did not have.
 */
export async function findLeftovers(
  mark: string | undefined,
  before: MachineState | undefined,
): Promise<readonly string[]> {
  for (let tries = 0; tries < 10 && look(mark, before).length > 0; tries++) await sleep(200);
  const found = look(mark, before);
  for (const pid of markedProcesses(mark))
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // it has ended since
    }
  for (let tries = 0; tries < 50 && markedProcesses(mark).length > 0; tries++) await sleep(20);
  return found;
}

function look(mark: string | undefined, before: MachineState | undefined): readonly string[] {
  const processes = markedProcesses(mark).map((pid) => `the process ${pid} (${commandLine(pid)})`);
  if (!before) return processes;
  const after = observeMachine();
  const added = (kind: keyof MachineState): readonly string[] => [
    ...after[kind].difference(before[kind]),
  ];
  return [
    ...processes,
    ...added("namespaces").map((name) => `the network namespace ${name}`),
    ...added("mounts").map((path) => `the mount ${path}`),
    ...added("cgroups").map((path) => `the cgroup ${path}`),
  ];
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim().slice(0, 100);
  } catch {
    return "ended";
  }
}
