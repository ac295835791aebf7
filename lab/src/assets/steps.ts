import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheRoot } from "./cache.ts";

/** One thing that a machine needs. Done once, it stays done; run twice, it harms nothing. */
export interface Step {
  readonly title: string;
  /** How long it takes on two cores when nothing is there yet; only for the time estimate. */
  readonly expectedSeconds: number;
  isDone(): Promise<boolean>;
  run(context: StepContext): Promise<void>;
  /** What a person can do when it fails. */
  readonly advice?: string;
}

export interface StepContext {
  /** Keeps a line in the step's log, which is shown only if the step fails. */
  log(line: string): void;
  readonly signal: AbortSignal;
}

export type StepEvent =
  | {
      readonly kind: "start";
      readonly step: Step;
      readonly index: number;
      readonly total: number;
      readonly remainingSeconds: number;
    }
  | {
      readonly kind: "running";
      readonly step: Step;
      readonly elapsedSeconds: number;
      readonly remainingSeconds: number;
    }
  | { readonly kind: "end"; readonly step: Step; readonly elapsedSeconds: number };

export type Progress = (event: StepEvent) => void;

/** A step that failed: the sentence, the end of its log, where the rest is, and what to do. */
export class StepError extends Error {
  override readonly name = "StepError";
  constructor(step: Step, logFile: string, tail: readonly string[], cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(
      [
        `"${step.title}" failed: ${why.split("\n")[0]}`,
        ...tail.map((line) => `  | ${line}`),
        `The whole log: ${logFile}`,
        step.advice ?? "Run the same command again: it goes on where it stopped.",
      ].join("\n"),
      { cause },
    );
  }
}

const tailLength = 20;
const runningEveryMs = 15_000;

/** Runs those steps that are not done, in order, and tells `progress` which, how far, and how long it may take. */
export async function runSteps(
  steps: readonly Step[],
  {
    progress = () => {},
    signal = new AbortController().signal,
  }: { progress?: Progress | undefined; signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const done = await Promise.all(steps.map((step) => step.isDone()));
  const todo = steps.filter((_, i) => !done[i]);
  let ahead = todo.reduce((sum, step) => sum + step.expectedSeconds, 0);
  for (const [i, step] of todo.entries()) {
    signal.throwIfAborted();
    // A step before this one, or another process, may have done it meanwhile.
    if (!(await step.isDone())) {
      progress({ kind: "start", step, index: i + 1, total: todo.length, remainingSeconds: ahead });
      await runStep(step, ahead, progress, signal);
    }
    ahead -= step.expectedSeconds;
  }
}

async function runStep(
  step: Step,
  ahead: number,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const logs = join(cacheRoot(), "logs");
  const logFile = join(logs, `${step.title.replaceAll(/[^A-Za-z0-9.]+/g, "-")}.log`);
  mkdirSync(logs, { recursive: true });
  writeFileSync(logFile, "");
  const tail: string[] = [];
  const began = performance.now();
  const elapsed = (): number => (performance.now() - began) / 1000;
  const log = (line: string): void => {
    appendFileSync(logFile, `${elapsed().toFixed(1).padStart(6)} ${line}\n`);
    tail.push(line);
    if (tail.length > tailLength) tail.shift();
  };
  const timer = setInterval(() => {
    const remainingSeconds = ahead - Math.min(elapsed(), step.expectedSeconds);
    progress({ kind: "running", step, elapsedSeconds: elapsed(), remainingSeconds });
  }, runningEveryMs);
  try {
    await step.run({ log, signal });
  } catch (error) {
    signal.throwIfAborted();
    throw new StepError(step, logFile, tail, error);
  } finally {
    clearInterval(timer);
  }
  progress({ kind: "end", step, elapsedSeconds: elapsed() });
}

/** Progress as plain lines: one when a step starts, one every 15 s, one when it has ended. */
export function plainProgress(write: (line: string) => void): Progress {
  return (event) => {
    const { title } = event.step;
    if (event.kind === "start")
      write(
        `step ${event.index} of ${event.total}: ${title} (about ${duration(event.step.expectedSeconds)}; with the rest ${duration(event.remainingSeconds)})`,
      );
    else if (event.kind === "running")
      write(
        `  … ${title}: ${duration(event.elapsedSeconds)} so far, about ${duration(event.remainingSeconds)} to go in all`,
      );
    else write(`  done in ${duration(event.elapsedSeconds)}`);
  };
}

/** `4 s`, `2 min`, `3 min 20 s`. */
export function duration(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const rest = whole % 60;
  return rest === 0 ? `${Math.floor(whole / 60)} min` : `${Math.floor(whole / 60)} min ${rest} s`;
}
