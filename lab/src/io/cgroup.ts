import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from "node:fs";
import { cgroupOfLabs } from "../plan/lab-plan.ts";
import { findProcess, type ProcessId } from "./process-table.ts";

/** Makes the cgroup and its parents, ready for a kubelet: in every controller of v1, or in v2. */
export function createCgroup(path: string): void {
  const steps = stepsOf(path);
  for (const root of hierarchies()) {
    for (const step of steps) {
      mkdirSync(root + step, { recursive: true });
      fillCpuset(root, step);
    }
  }
  if (isUnified()) for (const step of ["", ...steps.slice(0, -1)]) delegateControllers(step);
}

/** Moves a process, with all it will start, into the cgroup. */
export function moveIntoCgroup(path: string, pid: number): void {
  for (const root of hierarchies()) writeFileSync(`${root}${path}/cgroup.procs`, String(pid));
}

/** The processes in the cgroup and in all below it. */
export function processesInCgroup(path: string): readonly ProcessId[] {
  const pids = new Set(hierarchies().flatMap((root) => pidsBelow(root + path)));
  return [...pids].flatMap((pid) => findProcess(pid) ?? []);
}

/** Removes the cgroup and all below it, and the parent of all labs when it was the last. */
export function removeCgroup(path: string): void {
  for (const root of hierarchies()) {
    removeBelow(root + path);
    if (existsSync(root + cgroupOfLabs) && childrenOf(root + cgroupOfLabs).length === 0)
      rmdirSync(root + cgroupOfLabs);
  }
}

/** Where cgroups are mounted: the one of v2; or one for each controller of v1, and a v2 beside them. */
function hierarchies(): readonly string[] {
  if (isUnified()) return ["/sys/fs/cgroup"];
  return readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .flatMap((line) => {
      const [before = "", after = ""] = line.split(" - ");
      const mountPoint = before.split(" ")[4];
      return /^cgroup2? /.test(after) && mountPoint ? [mountPoint] : [];
    });
}

function isUnified(): boolean {
  return existsSync("/sys/fs/cgroup/cgroup.controllers");
}

/** v1: a new cpuset is empty, and nothing can run in it before it has processors and memory. */
function fillCpuset(root: string, step: string): void {
  if (isUnified()) return;
  for (const file of ["cpuset.cpus", "cpuset.mems"]) {
    const path = `${root}${step}/${file}`;
    if (!existsSync(path) || readFileSync(path, "utf8").trim() !== "") continue;
    writeFileSync(path, readFileSync(`${root}${step.slice(0, step.lastIndexOf("/"))}/${file}`));
  }
}

/** v2: kubelet refuses a parent that does not hand down every controller it has. */
function delegateControllers(step: string): void {
  const folder = `/sys/fs/cgroup${step}`;
  const controllers = readFileSync(`${folder}/cgroup.controllers`, "utf8").trim().split(" ");
  for (const controller of controllers.filter((c) => c !== ""))
    writeFileSync(`${folder}/cgroup.subtree_control`, `+${controller}`);
}

/** "/a/b" gives "/a" and "/a/b". */
function stepsOf(path: string): readonly string[] {
  const parts = path.split("/").slice(1);
  return parts.map((_, i) => `/${parts.slice(0, i + 1).join("/")}`);
}

function pidsBelow(folder: string): readonly number[] {
  if (!existsSync(folder)) return [];
  const own = readFileSync(`${folder}/cgroup.procs`, "utf8")
    .split("\n")
    .filter(Boolean)
    .map(Number);
  return [...own, ...childrenOf(folder).flatMap(pidsBelow)];
}

function removeBelow(folder: string): void {
  if (!existsSync(folder)) return;
  for (const child of childrenOf(folder)) removeBelow(child);
  rmdirSync(folder);
}

function childrenOf(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => `${folder}/${entry.name}`);
}
