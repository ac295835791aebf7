import { existsSync, readFileSync } from "node:fs";
import { nearest } from "@antrea/base";
import { kubeconfigPath } from "../cluster/io/start-control-plane.ts";
import { LabError } from "../errors.ts";
import { type RecordFile, recordedLabs } from "../record/io/record-file.ts";
import { logPath } from "./daemon.ts";
import { requireRecord } from "./lab.ts";
import { isLiving } from "./living.ts";
import { stateRoot } from "./places.ts";
import { isAlive } from "./process-table.ts";

export interface LabStatus {
  readonly name: string;
  readonly phase: string;
  readonly createdAt: string;
  readonly kubeconfig: string;
  readonly components: readonly {
    readonly name: string;
    /** `stopped` by `antrea-lab stop`; `ended` by itself. */
    readonly state: "running" | "stopped" | "ended";
    readonly pid: number;
    /** Resident, as text. */
    readonly memory: string | undefined;
    readonly log: string;
  }[];
}

export function componentStatus(record: RecordFile): LabStatus {
  const { plan, phase, createdAt, components } = record.get();
  return {
    name: plan.name,
    phase: isLiving(record) ? phase : "crashed",
    createdAt,
    kubeconfig: kubeconfigPath(plan),
    components: components.map(({ name, process, isStopped }) => ({
      name,
      state: isAlive(process) ? "running" : isStopped ? "stopped" : "ended",
      pid: process.pid,
      memory: isAlive(process) ? residentMemory(process.pid) : undefined,
      log: logPath(plan.logFolder, name),
    })),
  };
}

export function allStatus() {
  return recordedLabs(stateRoot()).map((name) => {
    const record = requireRecord(name);
    const { options, plan, phase } = record.get();
    return {
      name,
      state: isLiving(record) ? phase : "crashed",
      nodes: options.nodes,
      cni: options.cni,
      mode: options.mode,
      kubeconfig: kubeconfigPath(plan),
    };
  });
}

/** The log files of a component, or of all that runs on a Node. */
export function logFiles(record: RecordFile, wanted: string): readonly string[] {
  const { plan, components } = record.get();
  const names = components.map((c) => c.name);
  const found = names.filter((name) => name === wanted || name.startsWith(`${wanted}/`));
  if (found.length > 0)
    return found.map((name) => logPath(plan.logFolder, name)).filter((path) => existsSync(path));
  const close = nearest(wanted, [...names, ...plan.nodes.map((n) => n.name)]);
  throw new LabError({
    saw: `Nothing called "${wanted}" was started in this lab`,
    wanted: `a Node, or one of ${names.join(", ") || "the programs: none has been started yet"}`,
    remedy: close ? `did you mean ${close}?` : "look with: ./antrea-lab status",
  });
}

function residentMemory(pid: number): string | undefined {
  const status = existsSync(`/proc/${pid}/status`)
    ? readFileSync(`/proc/${pid}/status`, "utf8")
    : "";
  const kilobytes = /^VmRSS:\s+(\d+)/m.exec(status)?.[1];
  return kilobytes === undefined ? undefined : `${Math.round(Number(kilobytes) / 1024)} MB`;
}
