import type { Replica } from "./replica.ts";

/**
 * Resolves with what `find` gives, as soon as that is not undefined: at once, or after the change of the
 * replica that makes it so. Rejects with the signal's reason, or with what `find` throws.
 */
export function waitFor<T>(
  replica: Replica,
  find: (replica: Replica) => T | undefined,
  { signal }: { readonly signal: AbortSignal },
): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const finish = (end: () => void): void => {
      stop();
      signal.removeEventListener("abort", abort);
      end();
    };
    const abort = (): void => finish(() => reject(signal.reason as Error));
    const look = (): void => {
      try {
        const found = find(replica);
        if (found !== undefined) finish(() => resolve(found));
      } catch (error) {
        finish(() => reject(error));
      }
    };
    const stop = replica.onChange(look);
    signal.addEventListener("abort", abort, { once: true });
    look();
  });
}
