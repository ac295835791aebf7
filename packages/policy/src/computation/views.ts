import type { ComputedChange, ComputedObjects } from "../computed.ts";

/** What there is of one kind; listeners are told by `tell`. */
export interface View<T> extends ComputedObjects<T> {
  tell(change: ComputedChange): void;
}

export function view<T>(objects: Omit<ComputedObjects<T>, "onChange">): View<T> {
  const listeners = new Set<(change: ComputedChange) => void>();
  return {
    ...objects,
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    tell(change) {
      for (const listener of listeners) listener(change);
    },
  };
}

export const noNodes: ReadonlySet<string> = new Set();
