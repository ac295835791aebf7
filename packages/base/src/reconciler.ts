import type { BackOff } from "./back-off.ts";
import type { Clock } from "./clock.ts";
import { errorText, InvariantError, isAbort, TerminalError } from "./errors.ts";
import type { Logger } from "./log.ts";
import { workQueue } from "./work-queue.ts";

/**
 * Makes the world right for one key. Level-based: it is told which key to look at, never what
 * happened to it. Throwing means "not now": the key comes back after a back-off. A `TerminalError`
 * means "not until the input changes".
 */
export interface Reconciler<K> {
  readonly name: string;
  reconcile(key: K, signal: AbortSignal): Promise<void>;
}

export interface Worker<K> {
  add(key: K): void;
  /** Handles keys until the signal aborts, at most `concurrency` of them at a time. Rejects with an `InvariantError`. */
  run(signal: AbortSignal): Promise<void>;
  /** Resolves when no key is ready, delayed or in flight. */
  idle(): Promise<void>;
}

export interface WorkerOptions {
  readonly backOff: BackOff;
  readonly clock: Clock;
  readonly log: Logger;
  readonly concurrency?: number;
}

/** Joins a work queue to a reconciler: the one loop that every feature of every program runs on. */
export function reconcileWorker<K>(
  reconciler: Reconciler<K>,
  { backOff, clock, log, concurrency = 1 }: WorkerOptions,
): Worker<K> {
  const queue = workQueue<K>(backOff);
  const idleWaiters: (() => void)[] = [];
  let wake = Promise.withResolvers<void>();

  const broken = Promise.withResolvers<never>();
  broken.promise.catch(() => {}); // `run` tells it

  const notify = (): void => {
    wake.resolve();
    if (queue.size + queue.inFlight === 0) for (const resolve of idleWaiters.splice(0)) resolve();
  };

  async function handle(key: K, signal: AbortSignal): Promise<void> {
    try {
      await reconciler.reconcile(key, signal);
      queue.done(key);
    } catch (error) {
      if (signal.aborted && isAbort(error)) queue.done(key);
      else if (error instanceof InvariantError) {
        queue.done(key);
        broken.reject(error); // a bug of ours is for the task group, not for a retry
      } else if (error instanceof TerminalError) {
        queue.done(key);
        log.error("Could not reconcile, waiting for a change", {
          reconciler: reconciler.name,
          key,
          err: errorText(error),
        });
      } else {
        const attempt = queue.failed(key, clock.now());
        log.warn("Could not reconcile, will retry", {
          reconciler: reconciler.name,
          key,
          attempt,
          err: errorText(error),
        });
      }
    }
  }

  return {
    add(key) {
      queue.add(key);
      notify();
    },
    async run(signal) {
      const inFlight = new Set<Promise<void>>();
      while (!signal.aborted) {
        wake = Promise.withResolvers<void>();
        while (inFlight.size < concurrency) {
          const key = queue.take(clock.now());
          if (key === undefined) break;
          const task = handle(key, signal).finally(() => {
            inFlight.delete(task); // before the loop is woken, or it would not see the room
            notify();
          });
          inFlight.add(task);
        }
        // while it is full, only an end can make room: a key that falls due must not wake it over and over
        const dueMs = inFlight.size < concurrency ? queue.nextWakeMs() : undefined;
        await Promise.race([waitForWork(dueMs, wake.promise, clock, signal), broken.promise]);
      }
      await Promise.allSettled(inFlight);
    },
    idle() {
      if (queue.size + queue.inFlight === 0) return Promise.resolve();
      return new Promise((resolve) => idleWaiters.push(resolve));
    },
  };
}

async function waitForWork(
  dueMs: number | undefined,
  wake: Promise<void>,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const timer = new AbortController();
  const until = AbortSignal.any([signal, timer.signal]);
  const delayMs = dueMs === undefined ? 2 ** 31 - 1 : Math.max(0, dueMs - clock.now());
  await Promise.race([wake, clock.sleep(delayMs, { signal: until }).catch(() => {})]);
  timer.abort();
}
