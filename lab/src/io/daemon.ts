import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { LabError } from "../errors.ts";
import type { RecordFile } from "../record/io/record-file.ts";
import { type DaemonSpec, findComponent, withComponent } from "../record/record.ts";
import { moveIntoCgroup } from "./cgroup.ts";
import { inNamespaces } from "./enter.ts";
import { findProcess, isAlive, type ProcessId } from "./process-table.ts";

/** The variable by which a lab knows its own processes again; its value is the record's id. */
export const labVariable = "ANTREA_LAB_ID";

/**
 * Starts a program that outlives this one: in a session and a cgroup of its own, its output in the
 * lab's log folder, its process id in the record.
 */
export function startDaemon(spec: DaemonSpec, record: RecordFile): ProcessId {
  const { plan, id } = record.get();
  const log = openLog(logPath(plan.logFolder, spec.name));
  const [program, ...args] = inNamespaces(spec.namespaces, spec.argv);
  const child = spawn(program, args, {
    detached: true,
    cwd: "/",
    stdio: ["ignore", log, log],
    env: { ...cleanEnvironment(), ...spec.env, [labVariable]: id },
  });
  closeSync(log);
  child.on("error", () => {}); // told below: without a pid it did not start
  const { pid } = child;
  const found = pid === undefined ? undefined : findProcess(pid);
  if (pid === undefined || !found) throw notStarted(spec, plan.logFolder);
  moveIntoCgroup(spec.cgroup, pid);
  child.unref();
  record.update((r) => withComponent(r, { ...spec, process: found }));
  return found;
}

/** Throws what the program said last if it has ended: there is no use in waiting for it. */
export function requireRunning(record: RecordFile, name: string): void {
  const found = findComponent(record.get(), name);
  if (!found || isAlive(found.process)) return;
  const log = logPath(record.get().plan.logFolder, name);
  const said = existsSync(log) ? readFileSync(log, "utf8").trim().split("\n").slice(-5) : [];
  throw new LabError({
    saw: [
      `${name} has ended; it said last:`,
      ...said.map((line) => `  ${line.slice(0, 400)}`),
    ].join("\n"),
    wanted: `${name} to run`,
    remedy: `read ${log}`,
  });
}

export function logPath(logFolder: string, component: string): string {
  return `${logFolder}/${component}.log`;
}

/** The caller's environment may hold proxies and kubeconfigs that the cluster must not see. */
function cleanEnvironment(): Record<string, string> {
  const { PATH = "/usr/sbin:/usr/bin:/sbin:/bin", HOME = "/root" } = process.env;
  return { PATH, HOME, LANG: "C.UTF-8" };
}

function openLog(path: string): number {
  mkdirSync(dirname(path), { recursive: true });
  return openSync(path, "a");
}

function notStarted({ name, argv }: DaemonSpec, logFolder: string): LabError {
  return new LabError({
    saw: `${name} did not start`,
    wanted: `${argv[0]} to run`,
    remedy: `read ${logPath(logFolder, name)}`,
  });
}
