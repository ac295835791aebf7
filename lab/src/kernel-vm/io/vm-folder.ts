import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findProcess, isAlive, type ProcessId } from "../../io/process-table.ts";

/** Where one machine has its files while it runs. */
export interface VmFolder extends Disposable {
  readonly path: string;
  /** Says which process leads the group that the machine is. */
  runs(pid: number): void;
}

/** Who made the folder, and the machine in it, each with the time of its start. */
const files = { owner: "owner", machine: "machine" } as const;

/** A new one. What machines left whose programs were killed goes first, and these machines end. */
export function openVmFolder(root: string = tmpdir()): VmFolder {
  sweep(root);
  const path = mkdtempSync(join(root, prefix));
  const note = (file: string, pid: number): void =>
    writeFileSync(join(path, file), JSON.stringify(findProcess(pid)));
  note(files.owner, process.pid);
  return {
    path,
    runs: (pid) => note(files.machine, pid),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** Ends a process and all of its group; nothing happens where they have ended. */
export function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

const prefix = "antrea-vm-";

function sweep(root: string): void {
  for (const name of readdirSync(root).filter((one) => one.startsWith(prefix))) {
    const path = join(root, name);
    if (!isOurs(path)) continue;
    const owner = readProcess(join(path, files.owner));
    if (!owner || isAlive(owner)) continue; // without one it is being made at this moment
    const machine = readProcess(join(path, files.machine));
    if (machine && isAlive(machine)) endGroup(machine.pid);
    rmSync(path, { recursive: true, force: true });
  }
}

/** Anybody may make a folder in /tmp, and write there which processes should end. */
function isOurs(path: string): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return (stat?.isDirectory() ?? false) && stat?.uid === process.getuid?.();
}

function readProcess(file: string): ProcessId | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as ProcessId;
  } catch {
    return undefined; // it is not there, or not whole yet
  }
}
