import { errorText } from "@antrea/base";
import type { ChangeListener } from "./store.ts";

/** Who is told of a store's changes. One that throws is reported and stops nobody. */
export interface Audience<R> {
  /** Tells the newcomer of what is there; returns how to end it. */
  add(listener: ChangeListener<R>, records: ReadonlyMap<string, R>): () => void;
  tell(key: string, before: R | undefined, after: R | undefined): void;
}

export function audience<R>(onError: (sentence: string) => void): Audience<R> {
  const listeners = new Set<ChangeListener<R>>();
  const tell = (listener: ChangeListener<R>, ...change: Parameters<ChangeListener<R>>): void => {
    try {
      listener(...change);
    } catch (error) {
      onError(`A listener failed on ${change[0]}: ${errorText(error)}`);
    }
  };
  return {
    add(listener, records) {
      for (const [key, record] of records) tell(listener, key, undefined, record);
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    tell(key, before, after) {
      for (const listener of listeners) tell(listener, key, before, after);
    },
  };
}
