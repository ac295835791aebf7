import { abortable } from "@antrea/base";

/** Tells who waits when each of some keys was tried since he asked. */
export interface Attempts {
  /** An attempt begins; what is given is to be called when it ends. */
  begin(key: string): () => void;
  /**
   * Resolves when of each key an attempt has ended that began after this call: one that was under way
   * knew an older world.
   */
  each(keys: readonly string[], options: { readonly signal: AbortSignal }): Promise<void>;
}

export function attempts(): Attempts {
  const waiting = new Set<{ readonly keys: Set<string>; readonly resolve: () => void }>();
  return {
    begin(key) {
      const asked = [...waiting].filter(({ keys }) => keys.has(key));
      return () => {
        for (const one of asked) if (one.keys.delete(key) && one.keys.size === 0) one.resolve();
      };
    },
    async each(keys, { signal }) {
      if (keys.length === 0) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      const one = { keys: new Set(keys), resolve };
      waiting.add(one);
      await abortable(promise, signal).finally(() => waiting.delete(one));
    },
  };
}
