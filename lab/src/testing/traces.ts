import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";

/**
 * Everything on the machine that a lab of this name might have left: processes, namespaces, mounts,
 * links, cgroups, files, settings. Things of other labs, and of other users of the machine, are not
 * in it, so that a test may compare it before and after whatever else goes on.
 */
export function tracesOf(name: string, stateRoot: string): readonly string[] {
  return [
    ...processes(name).map((p) => `process ${p}`),
    ...entries("/run/netns", `antrea-lab-${name}-`).map((n) => `namespace ${n}`),
    ...mounts(name, stateRoot).map((m) => `mount ${m}`),
    ...globSync(`/sys/fs/cgroup{,/*}/antrea-lab/${name}`).map((c) => `cgroup ${c}`),
    ...(existsSync(stateRoot) ? [`file ${stateRoot}`] : []),
    ...(existsSync(`/run/antrea-lab/${name}`) ? [`file /run/antrea-lab/${name}`] : []),
    ...["vm/overcommit_memory", "kernel/panic", "kernel/panic_on_oops"].map(
      (s) => `sysctl ${s}=${readFileSync(`/proc/sys/${s}`, "utf8").trim()}`,
    ),
  ];
}

/** Living processes in a cgroup of the lab, or with its state folder among their arguments. */
function processes(name: string): readonly string[] {
  return readdirSync("/proc")
    .filter((pid) => /^\d+$/.test(pid) && pid !== String(process.pid))
    .filter((pid) => !isZombie(pid))
    .filter((pid) => read(`/proc/${pid}/cgroup`).includes(`/antrea-lab/${name}`))
    .map((pid) => `${pid} ${read(`/proc/${pid}/comm`).trim()}`);
}

function isZombie(pid: string): boolean {
  return /\) [ZX] /.test(read(`/proc/${pid}/stat`));
}

function mounts(name: string, stateRoot: string): readonly string[] {
  return read("/proc/self/mountinfo")
    .split("\n")
    .map((line) => line.split(" ")[4] ?? "")
    .filter((path) => path.startsWith(stateRoot) || path.startsWith(`/run/antrea-lab/${name}`));
}

function entries(folder: string, prefix: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder).filter((e) => e.startsWith(prefix)) : [];
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // it ended meanwhile
  }
}
