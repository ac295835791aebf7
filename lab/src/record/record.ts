import type { Argv } from "../io/command.ts";
import type { ProcessId } from "../io/process-table.ts";
import type { LabOptions } from "../options.ts";
import type { LabPlan, NamespaceFiles } from "../plan/lab-plan.ts";

/**
 * What a lab made or is about to make. It is written before the making, so that whoever finds it
 * can undo all of it, wherever `up` was cut off.
 */
export interface LabRecord {
  readonly version: 1;
  /** Random; every process of the lab carries it in its environment. */
  readonly id: string;
  readonly phase: "starting" | "up" | "stopping";
  /** Who runs `up`; when it is gone and the phase is still "starting", the lab crashed. */
  readonly starter: ProcessId;
  /** Changes with each boot of the machine: processes of an earlier one are gone. */
  readonly bootId: string;
  readonly createdAt: string;
  readonly options: LabOptions;
  readonly plan: LabPlan;
  readonly components: readonly ComponentRecord[];
}

/** A program of the lab that outlives the command that started it. */
export interface DaemonSpec {
  /** As `logs` and `status` name it: "etcd", "node-1/kubelet". */
  readonly name: string;
  readonly namespaces: NamespaceFiles;
  readonly cgroup: string;
  readonly argv: Argv;
  readonly env?: Readonly<Record<string, string>>;
}

export interface ComponentRecord extends DaemonSpec {
  readonly process: ProcessId;
  /** It was stopped on purpose, and is to stay down until it is started. */
  readonly isStopped?: boolean;
}

/** The record with this component, in place of an earlier one of the same name. */
export function withComponent(record: LabRecord, component: ComponentRecord): LabRecord {
  const others = record.components.filter((c) => c.name !== component.name);
  return { ...record, components: [...others, component] };
}

export function findComponent(record: LabRecord, name: string): ComponentRecord | undefined {
  return record.components.find((c) => c.name === name);
}
