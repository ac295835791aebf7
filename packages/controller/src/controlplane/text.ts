import type { ComputedChange, ComputedObjects } from "@antrea/policy";
import {
  apiVersion,
  patchKinds,
  type StreamName,
  type StreamObject,
  streams,
} from "@antrea/policy/controlplane";

/** Objects of one stream as they stand on the wire. */
export interface StreamText {
  /** As one Node has it, or whole where no Node is named; undefined where there is none. */
  object(name: string, nodeName: string | undefined): string | undefined;
  /** The lines of one change, each made once for all who get the same. */
  lines(change: ComputedChange): ChangeLines;
}

export interface ChangeLines {
  joined(nodeName: string): Line | undefined;
  stayed(nodeName: string): Line | undefined;
  readonly left: Line;
  /** For people, who are told wholes. */
  readonly whole: Line;
}

/** An event as it is sent. */
export type Line = Uint8Array;

/** `resourceVersion` gives the number of the event that is told now; only receipts carry it. */
export function streamText<K extends StreamName>(
  stream: K,
  objects: ComputedObjects<StreamObject[K]>,
  resourceVersion: () => string,
): StreamText {
  const wire = streams[stream];
  const patches = patchKinds[stream];
  /** By the object itself: what all Nodes of a span see alike is one object, and is encoded once. */
  const known = new WeakMap<object, string>();

  function encode(value: StreamObject[K]): string {
    const object = wire.encode(value) as { readonly metadata: object };
    if (stream !== "podreceipts") return JSON.stringify(object);
    const metadata = { ...object.metadata, resourceVersion: resourceVersion() };
    return JSON.stringify({ ...object, metadata });
  }

  function textOf(value: StreamObject[K] | undefined): string | undefined {
    if (!value || stream === "podreceipts") return value && encode(value);
    const text = known.get(value) ?? encode(value);
    known.set(value, text);
    return text;
  }

  const object = (name: string, nodeName: string | undefined) =>
    textOf(nodeName === undefined ? objects.get(name) : objects.forNode(name, nodeName));

  return {
    object,
    lines(change) {
      const { name } = change;
      const { kind } = wire;
      const bare = JSON.stringify({ ...{ kind, apiVersion }, metadata: { name } });
      const line = lineMaker();
      const patched = new Map<object, string>();
      const patchOf = (nodeName: string, encoded: NonNullable<typeof patches>): string => {
        const members = change.membersFor(nodeName);
        const text = patched.get(members) ?? JSON.stringify(encoded.encode({ name, ...members }));
        patched.set(members, text);
        return text;
      };
      return {
        get left() {
          return line("DELETED", bare);
        },
        get whole() {
          const text = object(name, undefined);
          return text === undefined ? line("DELETED", bare) : line("MODIFIED", text);
        },
        joined(nodeName) {
          const text = object(name, nodeName);
          return text === undefined ? undefined : line("ADDED", text);
        },
        stayed(nodeName) {
          const text = patches ? patchOf(nodeName, patches) : object(name, nodeName);
          return text === undefined ? undefined : line("MODIFIED", text);
        },
      };
    },
  };
}

/** Lines one after another, of which many are the same. */
function lineMaker(): (type: string, object: string) => Line {
  let last = { type: "", object: "", line: Buffer.alloc(0) };
  return (type, object) => {
    if (last.type !== type || last.object !== object)
      last = { type, object, line: Buffer.from(eventLine(type, object)) };
    return last.line;
  };
}

export function eventLine(type: string, object: string): string {
  return `{"type":"${type}","object":${object}}\n`;
}
