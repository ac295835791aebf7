import type { Progress, ProgressOptions } from "@antrea/command";

/** Work with a title, that waits for other work. Its promise gives what the work gave. */
export interface StepGraph {
  add<T>(title: string, spec: StepSpec<T>): Promise<T>;
  /**
   * Runs each step as soon as those it needs are done, many at a time. At the first failure the
   * others are aborted, and that failure is thrown when all have ended.
   */
  run(makeProgress: (options: ProgressOptions) => Progress, signal: AbortSignal): Promise<void>;
}

export interface StepSpec<T> {
  /** On the machine where it was measured; only weighs the steps against each other. */
  readonly expectedSeconds: number;
  readonly needs?: readonly Promise<unknown>[];
  work(signal: AbortSignal, note: (text: string) => void): Promise<T>;
}

interface Step {
  readonly title: string;
  readonly spec: StepSpec<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export function stepGraph(): StepGraph {
  const steps: Step[] = [];
  return {
    add<T>(title: string, spec: StepSpec<T>): Promise<T> {
      const { promise, resolve, reject } = Promise.withResolvers<unknown>();
      promise.catch(() => {}); // told by `run`
      steps.push({ title, spec, resolve, reject });
      return promise as Promise<T>;
    },
    async run(makeProgress, signal) {
      const progress = makeProgress({
        total: steps.length,
        expectedSeconds: steps.map(({ spec }) => spec.expectedSeconds),
      });
      const failed = new AbortController();
      const either = AbortSignal.any([signal, failed.signal]);
      const runStep = async ({ title, spec, resolve, reject }: Step) => {
        try {
          await Promise.all(spec.needs ?? []);
          either.throwIfAborted();
          resolve(await progress.step(title, (note) => spec.work(either, note)));
        } catch (error) {
          reject(error);
          failed.abort(error); // the first reason stays
        }
      };
      await Promise.all(steps.map(runStep));
      either.throwIfAborted();
    },
  };
}
