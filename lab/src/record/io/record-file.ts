import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import type { LabRecord } from "../record.ts";

/** The one record of a lab; changes are written through at once. */
export interface RecordFile {
  get(): LabRecord;
  update(change: (record: LabRecord) => LabRecord): void;
}

export function createRecord(record: LabRecord): RecordFile {
  mkdirSync(record.plan.stateFolder, { recursive: true });
  write(record);
  return recordFile(record);
}

/** The record in a state folder, if there is one. */
export function findRecord(stateFolder: string): RecordFile | undefined {
  const path = recordPath(stateFolder);
  if (!existsSync(path)) return undefined;
  return recordFile(JSON.parse(readFileSync(path, "utf8")) as LabRecord);
}

/** The names of all labs that left a record. */
export function recordedLabs(stateRoot: string): readonly string[] {
  if (!existsSync(stateRoot)) return [];
  return readdirSync(stateRoot).filter((name) => existsSync(recordPath(`${stateRoot}/${name}`)));
}

function recordFile(initial: LabRecord): RecordFile {
  let current = initial;
  return {
    get: () => current,
    update(change) {
      current = change(current);
      write(current);
    },
  };
}

/** Whole or not at all: a reader never sees half a record. */
function write(record: LabRecord): void {
  const path = recordPath(record.plan.stateFolder);
  writeFileSync(`${path}.new`, `${JSON.stringify(record, null, 2)}\n`);
  renameSync(`${path}.new`, path);
}

function recordPath(stateFolder: string): string {
  return `${stateFolder}/lab.json`;
}
