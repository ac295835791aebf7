import {
  existsSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { createCgroup, moveIntoCgroup } from "../../io/cgroup.ts";

/** An ovs-vswitchd that runs. */
export interface SwitchProcess {
  readonly pid: number;
}

/** Clock ticks a second in proc(5): USER_HZ, 100 on every platform that Node.js runs on. */
const ticksPerSecond = 100;

/** The ovs-vswitchd whose network namespace is the one of this file. */
export function switchProcessIn(netnsFile: string): SwitchProcess | undefined {
  const wanted = namespaceOf(netnsFile);
  const pids = readdirSync("/proc").filter((entry) => /^\d+$/.test(entry));
  const found = pids.find(
    (pid) =>
      read(`/proc/${pid}/comm`)?.trim() === "ovs-vswitchd" &&
      linkOf(`/proc/${pid}/ns/net`) === wanted,
  );
  return found === undefined ? undefined : { pid: Number(found) };
}

/** Processor time used since the start, in seconds: fields 14 and 15 of proc(5) stat. */
export function cpuSeconds({ pid }: SwitchProcess): number {
  const stat = read(`/proc/${pid}/stat`) ?? "";
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / ticksPerSecond;
}

/**
 * Puts a process where another one's Pod is in the tree of cgroups, with the same share of the
 * processor: else one of the two would be served better when processors are short.
 */
export function enterSiblingCgroup(process: SwitchProcess, model: SwitchProcess): void {
  const container = cpuCgroupOf(model);
  if (container === undefined) return;
  const pod = dirname(container);
  const own = `${dirname(pod)}/bench-floor-${process.pid}`;
  createCgroup(`${own}/ovs`);
  copyShares(pod, own);
  copyShares(container, `${own}/ovs`);
  moveIntoCgroup(`${own}/ovs`, process.pid);
}

const shareFiles = ["/sys/fs/cgroup/cpu%/cpu.shares", "/sys/fs/cgroup%/cpu.weight"];

function copyShares(from: string, to: string): void {
  for (const pattern of shareFiles) {
    const file = (path: string) => pattern.replace("%", path);
    if (existsSync(file(from)) && existsSync(file(to)))
      writeFileSync(file(to), readFileSync(file(from)));
  }
}

/** In version 1 the cgroup of the cpu controller, in version 2 the only one. */
function cpuCgroupOf({ pid }: SwitchProcess): string | undefined {
  const lines = (read(`/proc/${pid}/cgroup`) ?? "").split("\n").map((line) => line.split(":"));
  const found =
    lines.find(([, controllers]) => controllers?.split(",").includes("cpu")) ??
    lines.find(([, controllers]) => controllers === "");
  return found?.slice(2).join(":") || undefined;
}

/** As the links in proc(5) ns say it, for a bound file too. */
function namespaceOf(file: string): string {
  return `net:[${statSync(file).ino}]`;
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined; // it ended meanwhile
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined; // it ended meanwhile
  }
}
