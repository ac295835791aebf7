import { errorText } from "@antrea/base";
import { cleanText } from "../error.ts";
import { isRecord, type KubeObject, keyOf } from "../object.ts";

/**
 * Makes the small record that is kept of an object. Undefined: not wanted (as if it were not there).
 * Throwing: the object is bad; it is reported, and the record kept before stays.
 */
export type Project<R> = (object: KubeObject) => R | undefined;

/** What became of one object at the edge. */
export type Parsed<R> =
  | { readonly kind: "record"; readonly key: string; readonly record: R }
  | { readonly kind: "unwanted"; readonly key: string }
  | { readonly kind: "bad"; readonly key: string | undefined; readonly sentence: string };

export function parseRecord<R>(project: Project<R>, object: unknown): Parsed<R> {
  const key = keyOf(object);
  if (key === undefined) return { kind: "bad", key, sentence: "It has no usable name" };
  try {
    const record = project(object as KubeObject);
    return record === undefined ? { kind: "unwanted", key } : { kind: "record", key, record };
  } catch (error) {
    return { kind: "bad", key, sentence: cleanText(errorText(error), 300) };
  }
}

/** Whether a bookmark says that a streaming list is complete (KEP-3157). */
export function endsInitialEvents(bookmark: unknown): boolean {
  if (!isRecord(bookmark) || !isRecord(bookmark["metadata"])) return false;
  const { annotations } = bookmark["metadata"];
  return isRecord(annotations) && annotations["k8s.io/initial-events-end"] === "true";
}
