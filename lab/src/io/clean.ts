import { existsSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { isMountPoint, mountPoints, restoreMachine } from "../record/io/machine-record.ts";
import { recordedLabs, type RecordFile } from "../record/io/record-file.ts";
import { namespacesOf, type LabPlan } from "../plan/lab-plan.ts";
import { processesInCgroup, removeCgroup } from "./cgroup.ts";
import { attempt, run } from "./command.ts";
import { endAll, processesMarked } from "./end-processes.ts";
import { runRoot } from "./places.ts";
import { isAlive, signalProcess } from "./process-table.ts";
import { waitFor } from "./wait.ts";

/**
 * Undoes all that a lab made, whatever part of it is there: processes, mounts, namespaces, links,
 * cgroups, files, and with the last lab the machine's own settings. May be run again after it was
 * cut off: the record goes last.
 */
export async function cleanLab(record: RecordFile, stateRoot: string): Promise<void> {
  record.update((r) => ({ ...r, phase: "stopping" }));
  const { plan } = record.get();
  await endProcesses(record);
  await unpinNamespaces(plan);
  await removeNetwork(plan);
  await removeIdleCgroups(plan.cgroupRoot);
  removeFiles(plan);
  await restoreWhatLabsShare(stateRoot);
}

/** kubelets first, so that nothing is started again; then everything, until nothing is left. */
async function endProcesses(record: RecordFile): Promise<void> {
  const { components, id, plan } = record.get();
  for (const { name, process } of components)
    if (name.endsWith("/kubelet")) signalProcess(process, "SIGKILL");
  await endAll(`the processes of lab ${plan.name}`, () => [
    ...components.map((c) => c.process).filter(isAlive),
    ...processesMarked(id),
    ...processesInCgroup(plan.cgroupRoot),
  ]);
}

/** The mount namespaces end with the last file that names them, and with them all their mounts. */
async function unpinNamespaces(plan: LabPlan): Promise<void> {
  const below = (path: string) => path === plan.runFolder || path.startsWith(`${plan.runFolder}/`);
  for (const path of mountPoints().filter(below).toReversed()) await run(["umount", path]);
  rmSync(plan.runFolder, { recursive: true, force: true });
  removeIfEmpty(runRoot);
}

async function removeNetwork(plan: LabPlan): Promise<void> {
  await attempt(["ip", "link", "delete", plan.machineLink.device]); // it may be gone already
  const lines = namespacesOf(plan)
    .filter((name) => existsSync(`/run/netns/${name}`))
    .map((name) => `netns delete ${name}\n`);
  if (lines.length > 0) await run(["ip", "-force", "-batch", "-"], { input: lines.join("") });
}

/** A cgroup is busy for a moment after its last process ended. */
export async function removeIdleCgroups(path: string): Promise<void> {
  await waitFor(
    () => {
      removeCgroup(path);
      return true;
    },
    {
      what: `the cgroups below ${path} to go`,
      timeoutMs: 10_000,
      everyMs: 20,
      remedy: "run down again",
    },
  );
}

function removeFiles(plan: LabPlan): void {
  if (!existsSync(plan.stateFolder)) return;
  for (const entry of readdirSync(plan.stateFolder))
    if (entry !== "lab.json") remove(`${plan.stateFolder}/${entry}`);
  remove(plan.stateFolder);
}

/** Tries again where a program that was just killed has written one more file. */
function remove(path: string): void {
  rmSync(path, { recursive: true, maxRetries: 10, retryDelay: 50 });
}

/** With its last lab the machine gets back what it was before its first. */
export async function restoreWhatLabsShare(stateRoot: string): Promise<void> {
  if (recordedLabs(stateRoot).length > 0) return;
  const machine = restoreMachine(stateRoot);
  removeIfEmpty(stateRoot);
  if (!machine || !existsSync("/run/netns") || readdirSync("/run/netns").length > 0) return;
  if (!machine.hadNetnsMount && isMountPoint("/run/netns")) await run(["umount", "/run/netns"]);
  if (!machine.hadNetnsFolder) removeIfEmpty("/run/netns");
}

function removeIfEmpty(folder: string): void {
  if (existsSync(folder) && readdirSync(folder).length === 0) rmdirSync(folder);
}
