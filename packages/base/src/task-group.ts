import { isAbort } from "./errors.ts";

/**
 * Background loops that live and die together. The first one that throws aborts the others;
 * `failed` then rejects with its error, so that the owner can stop the program.
 */
export interface TaskGroup {
  /** Runs `body` until it returns, throws, or the group is closed. */
  run(name: string, body: (signal: AbortSignal) => Promise<void>): void;
  /** Rejects when a task crashes; never resolves. */
  readonly failed: Promise<never>;
  readonly signal: AbortSignal;
  /** Aborts every task and resolves when all have ended. */
  close(): Promise<void>;
}

export function taskGroup(): TaskGroup {
  const controller = new AbortController();
  const running = new Set<Promise<void>>();
  const { promise: failed, reject } = Promise.withResolvers<never>();
  failed.catch(() => {}); // whoever cares awaits it; nobody caring is not an unhandled rejection

  return {
    failed,
    signal: controller.signal,
    run(name, body) {
      const task = body(controller.signal).catch((error: unknown) => {
        if (controller.signal.aborted && isAbort(error)) return;
        reject(new Error(`Task ${name} crashed`, { cause: error }));
        controller.abort();
      });
      running.add(task);
      void task.finally(() => running.delete(task));
    },
    async close() {
      controller.abort();
      await Promise.allSettled(running);
    },
  };
}
