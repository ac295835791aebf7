import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";

/**
 * What all labs of a machine change together. The first lab saves what was, the last one to go puts
 * it back: a second lab must not take the first one's values for the machine's own.
 */
export interface MachineRecord {
  readonly sysctls: Readonly<Record<string, string>>;
  readonly hadNetnsMount: boolean;
  readonly hadNetnsFolder: boolean;
}

/** What kubelet sets for the whole machine; the rest lives in namespaces and goes with them. */
const globalSysctls = [
  "vm/overcommit_memory",
  "vm/panic_on_oom",
  "kernel/panic",
  "kernel/panic_on_oops",
  "kernel/keys/root_maxkeys",
  "kernel/keys/root_maxbytes",
];

/** What one kubelet needs some ten of; Debian's 128 are too few for four labs side by side. */
const inotifyInstances = { name: "fs/inotify/max_user_instances", atLeast: 1024 } as const;

/** Saves the machine's values unless an earlier lab has, and raises what labs need more of. */
export function prepareMachine(stateRoot: string): void {
  saveMachine(stateRoot);
  const { name, atLeast } = inotifyInstances;
  if (Number(readSysctl(name)) < atLeast) writeFileSync(`/proc/sys/${name}`, String(atLeast));
}

function saveMachine(stateRoot: string): void {
  mkdirSync(stateRoot, { recursive: true });
  const path = machinePath(stateRoot);
  if (existsSync(path)) return;
  const present = [...globalSysctls, inotifyInstances.name].filter((name) =>
    existsSync(`/proc/sys/${name}`),
  );
  const record: MachineRecord = {
    sysctls: Object.fromEntries(present.map((name) => [name, readSysctl(name)])),
    hadNetnsMount: isMountPoint("/run/netns"),
    hadNetnsFolder: existsSync("/run/netns"),
  };
  writeFileSync(path, `${JSON.stringify(record, null, 2)}\n`);
}

/** Puts the sysctls back and gives the record, once; undefined when there is none. */
export function restoreMachine(stateRoot: string): MachineRecord | undefined {
  const path = machinePath(stateRoot);
  if (!existsSync(path)) return undefined;
  const record = JSON.parse(readFileSync(path, "utf8")) as MachineRecord;
  for (const [name, value] of Object.entries(record.sysctls))
    if (readSysctl(name) !== value) writeFileSync(`/proc/sys/${name}`, value);
  rmSync(path);
  return record;
}

export function isMountPoint(path: string): boolean {
  return mountPoints().includes(path);
}

/** Mount points that this process sees, in the order in which they were mounted. */
export function mountPoints(): readonly string[] {
  return readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .flatMap((line) => line.split(" ")[4] ?? []);
}

function readSysctl(name: string): string {
  return readFileSync(`/proc/sys/${name}`, "utf8").trim();
}

function machinePath(stateRoot: string): string {
  return `${stateRoot}/machine.json`;
}
