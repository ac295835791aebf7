import { readFileSync } from "node:fs";
import { findRecord, type RecordFile } from "../record/io/record-file.ts";
import { stateRoot } from "./places.ts";
import { isAlive } from "./process-table.ts";

/** Whether somebody is starting this lab now, or it runs; else it crashed, or the machine was booted. */
export function isLiving(record: RecordFile): boolean {
  const { phase, starter, components, bootId: boot } = record.get();
  if (boot !== bootId()) return false;
  if (phase === "starting") return isAlive(starter);
  return (
    phase === "up" &&
    components.some((c) => c.name === "kube-apiserver" && (c.isStopped || isAlive(c.process)))
  );
}

/** Whether this process began a lab of this name and did not finish it. */
export function isLeftBehind(name: string): boolean {
  const record = findRecord(`${stateRoot()}/${name}`)?.get();
  return record?.phase === "starting" && record.starter.pid === process.pid;
}

/** Changes with each boot of the machine. */
export function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}
