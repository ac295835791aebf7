/**
 * Puts together what waits: one call of `body` runs at a time, and all that is handed in meanwhile goes
 * into the next one. A lone item starts at the end of the current turn, so nothing waits for a timer.
 * `body` gives one result an item, in order; if it throws, every item of that call fails with its error.
 */
export function batcher<T, R>(
  body: (items: readonly T[]) => Promise<readonly R[]>,
): (item: T) => Promise<R> {
  interface Waiting {
    readonly item: T;
    readonly done: PromiseWithResolvers<R>;
  }
  let waiting: Waiting[] = [];
  let isRunning = false;

  async function run(): Promise<void> {
    isRunning = true;
    await Promise.resolve(); // what is handed in during this turn comes along
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        const results = await body(batch.map((w) => w.item));
        for (const [i, w] of batch.entries()) w.done.resolve(results[i] as R);
      } catch (error) {
        for (const w of batch) w.done.reject(error);
      }
    }
    isRunning = false;
  }

  return (item) => {
    const done = Promise.withResolvers<R>();
    waiting.push({ item, done });
    if (!isRunning) void run();
    return done.promise;
  };
}
