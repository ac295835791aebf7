/** Waits for questions to be answered, asked again at each wake. */
export interface Waiters {
  /** Resolves with the first truthy answer; rejects with what `ask` throws, or with the signal. */
  wait<T>(
    ask: () => T,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<NonNullable<T>>;
  wake(): void;
}

export function waiters(): Waiters {
  const waiting = new Set<() => void>();
  return {
    wake() {
      for (const look of waiting) look();
    },
    wait<T>(ask: () => T, { signal }: { readonly signal?: AbortSignal | undefined } = {}) {
      return new Promise<NonNullable<T>>((resolve, reject) => {
        const end = (): void => {
          waiting.delete(look);
          signal?.removeEventListener("abort", abort);
        };
        const abort = (): void => {
          end();
          reject(signal?.reason as Error);
        };
        const look = (): void => {
          try {
            const answer = ask();
            if (!answer) return;
            end();
            resolve(answer);
          } catch (error) {
            end();
            reject(error);
          }
        };
        if (signal?.aborted) return abort();
        signal?.addEventListener("abort", abort, { once: true });
        waiting.add(look);
        look();
      });
    },
  };
}
