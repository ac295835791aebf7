/** Answers that hold for a while. What holds no more is forgotten, and the oldest when there are too many. */
export interface ShortMemory<T> {
  /** What is remembered, or what `find` gives; who asks for the same meanwhile gets the same. */
  get(key: string, find: () => Promise<T>): Promise<T>;
}

export interface ShortMemoryOptions {
  readonly forMs: number;
  readonly most: number;
  /** Milliseconds of any clock that never goes back. */
  readonly now: () => number;
}

/** Remembers answers, and no failures. */
export function shortMemory<T>({ forMs, most, now }: ShortMemoryOptions): ShortMemory<T> {
  const known = new Map<string, { readonly answer: Promise<T>; readonly untilMs: number }>();

  /** A Map keeps the order in which keys came, and all hold for the same time. */
  function tidy(): void {
    for (const [oldest, { untilMs }] of known) {
      if (known.size <= most && untilMs > now()) return;
      known.delete(oldest);
    }
  }

  return {
    get(key, find) {
      const found = known.get(key);
      if (found && found.untilMs > now()) return found.answer;
      known.delete(key);
      const entry = { answer: find(), untilMs: now() + forMs };
      known.set(key, entry);
      tidy();
      entry.answer.catch(() => {
        if (known.get(key) === entry) known.delete(key);
      });
      return entry.answer;
    },
  };
}
