import type { ComputedChange, ComputedObjects } from "@antrea/policy";
import {
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
  joined(nodeName: string): string | undefined;
  stayed(nodeName: string): string | undefined;
  readonly left: string;
  /** For people, who are told wholes. */
  readonly whole: string;
}

/** `resourceVersion` gives the number of the event that is told now; only receipts carry it. */
export function streamText<K extends StreamName>(
  stream: K,
  objects: ComputedObjects<StreamObject[K]>,
  resourceVersion: () => string,
): StreamText {
  const wire = streams[stream];
  const patches = patchKinds[stream];
  /** What all Nodes of the span see alike is encoded once; people ask seldom. */
  const isAlike = stream === "networkpolicies" || stream === "addressgroups";
  const known = new Map<string, string>();
  objects.onChange(({ name }) => void known.delete(name));

  function encode(value: StreamObject[K]): string {
    const object = wire.encode(value) as { readonly metadata: object };
    if (stream !== "podreceipts") return JSON.stringify(object);
    const metadata = { ...object.metadata, resourceVersion: resourceVersion() };
    return JSON.stringify({ ...object, metadata });
  }

  function objectFor(name: string, nodeName: string): string | undefined {
    const value = objects.forNode(name, nodeName);
    if (!value || !isAlike) return value && encode(value);
    const text = known.get(name) ?? encode(value);
    known.set(name, text);
    return text;
  }

  return {
    object(name, nodeName) {
      if (nodeName !== undefined) return objectFor(name, nodeName);
      const value = objects.get(name);
      return value && encode(value);
    },
    lines(change) {
      const { name } = change;
      const bare = JSON.stringify({ ...kindOf(wire), metadata: { name } });
      const patched = new Map<object, string>();
      const line = (type: string, text: string | undefined) => text && eventLine(type, text);
      return {
        left: eventLine("DELETED", bare),
        get whole() {
          const value = objects.get(name);
          return value ? eventLine("MODIFIED", encode(value)) : eventLine("DELETED", bare);
        },
        joined: (nodeName) => line("ADDED", objectFor(name, nodeName)),
        stayed(nodeName) {
          if (!patches) return line("MODIFIED", objectFor(name, nodeName));
          const members = change.membersFor(nodeName);
          const text = patched.get(members) ?? JSON.stringify(patches.encode({ name, ...members }));
          patched.set(members, text);
          return eventLine("MODIFIED", text);
        },
      };
    },
  };
}

function kindOf({ kind }: { readonly kind: string }): object {
  return { kind, apiVersion: "controlplane.antrea.io/v1beta2" };
}

export function eventLine(type: string, object: string): string {
  return `{"type":"${type}","object":${object}}\n`;
}
