import type { Event } from "kubernetes-types/core/v1.d.ts";
import type { Note } from "./note.ts";

/** Who speaks: the program, and the Node or Pod it runs on. */
export interface EventSource {
  readonly component: string;
  readonly host: string;
}

/** The API server's own limits. */
const longestMessage = 1024;
const longestName = 253;

/** An Event's name: unique by the program's start and its own count. */
export function eventName(note: Note, startMs: number, serial: number): string {
  const suffix = `.${Math.floor(startMs).toString(16)}${serial.toString(16).padStart(5, "0")}`;
  return note.regarding.name.slice(0, longestName - suffix.length) + suffix;
}

/** Events about objects without Namespace live in `default`. */
export function eventNamespace({ regarding }: Note): string {
  return regarding.namespace || "default";
}

/** The core/v1 Event of a note that is told for the first time. */
export function eventObject(note: Note, name: string, source: EventSource, at: Date): Event {
  const time = at.toISOString().replace(/\.\d+Z$/, "Z");
  const { namespace, uid, ...regarding } = note.regarding;
  return {
    metadata: { name, namespace: eventNamespace(note) },
    involvedObject: {
      ...regarding,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
    },
    type: note.type,
    reason: note.reason,
    message: note.message.slice(0, longestMessage),
    count: 1,
    firstTimestamp: time,
    lastTimestamp: time,
    source: { component: source.component, host: source.host },
    reportingComponent: source.component,
    reportingInstance: source.host,
  };
}

/** The merge patch of a note that is told again. */
export function countPatch(note: Note, count: number, at: Date): object {
  return {
    count,
    message: note.message.slice(0, longestMessage),
    lastTimestamp: at.toISOString().replace(/\.\d+Z$/, "Z"),
  };
}
