/** Many at a time, or one alone: what a runtime owes a plugin between ADD and DEL on one side and GC on the other. */
export interface Gate {
  shared<T>(body: () => Promise<T>): Promise<T>;
  /** Waits until all that are inside have left; meanwhile nobody else gets in. */
  alone<T>(body: () => Promise<T>): Promise<T>;
}

export function gate(): Gate {
  const inside = new Set<Promise<unknown>>();
  let closed: Promise<void> | undefined;
  return {
    async shared(body) {
      while (closed) await closed;
      const running = body();
      inside.add(running);
      try {
        return await running;
      } finally {
        inside.delete(running);
      }
    },
    async alone(body) {
      while (closed) await closed;
      const opens = Promise.withResolvers<void>();
      closed = opens.promise;
      try {
        await Promise.allSettled(inside);
        return await body();
      } finally {
        closed = undefined;
        opens.resolve();
      }
    },
  };
}
