import type { StoreChange } from "./machine.ts";
import { parseRecord, type Project } from "./record.ts";

/** The store to come, while a list or a stream fills it; nobody sees it before it is complete. */
export interface Filling<R> {
  /** Takes an object in; the report of a bad one, else undefined. */
  add(object: unknown): StoreChange<R> | undefined;
  /** An object went away while the stream was under way. */
  remove(object: unknown): void;
  /** The whole, to be swapped in at once. */
  complete(): StoreChange<R>;
}

export function filling<R>(project: Project<R>): Filling<R> {
  const entries = new Map<string, R>();
  const keep = new Set<string>();
  return {
    add(object) {
      const parsed = parseRecord(project, object);
      if (parsed.kind === "record") entries.set(parsed.key, parsed.record);
      else if (parsed.kind === "unwanted") entries.delete(parsed.key);
      else {
        if (parsed.key !== undefined && !entries.has(parsed.key)) keep.add(parsed.key);
        return parsed;
      }
      return undefined;
    },
    remove(object) {
      const { key } = parseRecord<R>(() => undefined, object);
      if (key === undefined) return;
      entries.delete(key);
      keep.delete(key);
    },
    complete: () => ({ kind: "replace", entries, keep }),
  };
}
