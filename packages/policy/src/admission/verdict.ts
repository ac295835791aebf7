import { type Shape, ShapeError } from "@antrea/base";
import type { DefaultValue } from "./defaults.ts";
import type { Refusal } from "./refusal.ts";

/** What the API server asks about: an object that is to be made, changed or removed. */
export interface Question {
  readonly operation: "CREATE" | "UPDATE" | "DELETE" | "CONNECT";
  readonly name: string;
  /** Empty for kinds of the cluster. */
  readonly namespace: string;
  readonly username: string;
  /** As it is to be; undefined for one that is removed. */
  readonly object: unknown;
  /** As it is; undefined for one that is new. */
  readonly oldObject: unknown;
}

/** What is answered: accepted where there is no refusal. */
export interface Verdict {
  readonly refusals: readonly Refusal[];
  /** Each is shown to who asked, where the object is accepted. */
  readonly warnings: readonly string[];
  /** Put into the object. */
  readonly defaults: readonly DefaultValue[];
}

export const accepted: Verdict = { refusals: [], warnings: [], defaults: [] };

export function verdict(part: Partial<Verdict>): Verdict {
  return { ...accepted, ...part };
}

/** The value of an object, or why it is none. */
export function readObject<T>(
  fields: Shape<T>,
  object: unknown,
): { readonly value: T } | { readonly refusal: Refusal } {
  try {
    return { value: fields.read(object, "") };
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    const { at, seen, right } = error;
    return { refusal: { at: at || "object", seen, right } };
  }
}
