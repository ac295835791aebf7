import type { Indexer } from "./store.ts";

/** The keys of records by one of their values. */
export interface KeyIndex<R> {
  move(key: string, before: R | undefined, after: R | undefined): void;
  keys(value: string): readonly string[];
}

type Values = readonly (string | undefined)[];
const none: Values = [];

/** Most values have one key (a Pod's address), so a Set is made for the second only. */
export function keyIndex<R>(indexer: Indexer<R>): KeyIndex<R> {
  const byValue = new Map<string, string | Set<string>>();

  const add = (value: string, key: string): void => {
    const held = byValue.get(value);
    if (held === undefined) byValue.set(value, key);
    else if (typeof held !== "string") held.add(key);
    else if (held !== key) byValue.set(value, new Set([held, key]));
  };
  const drop = (value: string, key: string): void => {
    const held = byValue.get(value);
    if (held === key) byValue.delete(value);
    else if (held instanceof Set && held.delete(key) && held.size === 0) byValue.delete(value);
  };

  return {
    move(key, before, after) {
      const old = before === undefined ? none : indexer(before);
      const now = after === undefined ? none : indexer(after);
      // What stays is not touched: it would be slower, and hold a second copy of the key.
      for (const value of old) if (value !== undefined && !now.includes(value)) drop(value, key);
      for (const value of now) if (value !== undefined && !old.includes(value)) add(value, key);
    },
    keys(value) {
      const held = byValue.get(value);
      if (held === undefined) return [];
      return typeof held === "string" ? [held] : [...held];
    },
  };
}
