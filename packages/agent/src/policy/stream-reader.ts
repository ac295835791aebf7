import { type ShapeType, shape } from "@antrea/base";
import type { WatchEvent } from "@antrea/kube";
import { type Mark, parseMark } from "@antrea/policy";
import {
  type GroupPatch,
  initialEventsEnd,
  patchKinds,
  type StreamName,
  type StreamObject,
  streams,
} from "@antrea/policy/controlplane";

/** Where a stream's objects go. */
export interface StreamSink<T> {
  /** All there is. */
  replace(objects: readonly T[], mark: Mark): void;
  put(object: T, mark: Mark | undefined): void;
  remove(name: string): void;
  /** Whether there was a group to be changed. */
  patch?(patch: GroupPatch): boolean;
  reached(mark: Mark): void;
}

/** One watch of one stream, from its first event. What it says is believed once it says that it has said all. */
export interface StreamReader {
  readonly isWhole: boolean;
  /** Throws where the stream cannot be followed any more: it is to be watched anew. */
  read(events: readonly WatchEvent[]): void;
}

const head = shape.object({
  metadata: shape.object({
    name: shape.optional(shape.text),
    resourceVersion: shape.optional(shape.text),
    annotations: shape.optional(shape.record(shape.text)),
  }),
});

export function streamReader<K extends StreamName>(
  stream: K,
  sink: StreamSink<StreamObject[K]>,
): StreamReader {
  const wire = streams[stream];
  const first = new Map<string, StreamObject[K]>();
  let isWhole = false;

  function bookmark({ metadata }: ShapeType<typeof head>): void {
    const mark = requireMark(stream, metadata.resourceVersion);
    if (isWhole) return sink.reached(mark);
    if (metadata.annotations?.[initialEventsEnd] !== "true") return;
    isWhole = true;
    sink.replace([...first.values()], mark);
    first.clear();
    sink.reached(mark);
  }

  function changed(type: "ADDED" | "MODIFIED", object: unknown): void {
    const patchKind = type === "MODIFIED" ? patchKinds[stream] : undefined;
    if (patchKind) {
      const patch = patchKind.decode(object);
      if (sink.patch?.(patch)) return;
      throw new Error(`${stream} told of a change of ${patch.name}, of which it had not told`);
    }
    const version = head.read(object, stream).metadata.resourceVersion;
    sink.put(wire.decode(object), version === undefined ? undefined : parseMark(version));
  }

  function readOne({ type, object }: WatchEvent): void {
    if (type === "BOOKMARK") return bookmark(head.read(object, stream));
    if (isWhole && type !== "DELETED") return changed(type, object);
    const name = head.read(object, stream).metadata.name ?? "";
    if (isWhole) sink.remove(name);
    else if (type === "ADDED") first.set(name, wire.decode(object));
    else throw new Error(`${stream} told of ${type} before it had told what there was at first`);
  }

  return {
    get isWhole() {
      return isWhole;
    },
    read: (events) => events.forEach(readOne),
  };
}

function requireMark(stream: StreamName, text: string | undefined): Mark {
  const mark = parseMark(text ?? "");
  if (mark) return mark;
  throw new Error(`${stream} sent a bookmark without a number that can be read: ${text}`);
}
