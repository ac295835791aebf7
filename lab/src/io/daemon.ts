import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { nearest } from "@antrea/base";
import { LabError } from "../errors.ts";
import type { RecordFile } from "../record/io/record-file.ts";
import {
  type ComponentRecord,
  type DaemonSpec,
  findComponent,
  withComponent,
} from "../record/record.ts";
import { moveIntoCgroup } from "./cgroup.ts";
import { inNamespaces } from "./enter.ts";
import { findProcess, isAlive, type ProcessId, signalProcess } from "./process-table.ts";
import { waitFor } from "./wait.ts";

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

/** Kills a program of the lab and starts it again as it was. */
export async function restartComponent(record: RecordFile, name: string): Promise<void> {
  const found = requireComponent(record, name);
  signalProcess(found.process, "SIGKILL");
  await waitFor(() => (isAlive(found.process) ? undefined : true), {
    what: `${name} to end`,
    timeoutMs: 10_000,
    everyMs: 10,
    remedy: "run the same command again",
  });
  startDaemon(found, record);
}

/** The component of this name, running or not. */
export function requireComponent(record: RecordFile, name: string): ComponentRecord {
  const { components } = record.get();
  const found = findComponent(record.get(), name);
  if (found) return found;
  const names = components.map((c) => c.name);
  const close = nearest(name, names);
  throw new LabError({
    saw: `No program of this lab is called "${name}"`,
    wanted: `one of ${names.join(", ") || "the programs: none has been started yet"}`,
    remedy: close ? `did you mean ${close}?` : "look with: ./antrea-lab status",
  });
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
