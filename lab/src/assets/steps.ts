import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "@antrea/base/io";
import { type Progress, type ProgressOptions, progress } from "@antrea/command";
import { processStreams } from "@antrea/command/io";
import { cacheRoot } from "./cache.ts";
import { RunError } from "./run.ts";

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

/** Makes what a person sees; it is told beforehand how many steps there will be. */
export type ProgressFactory = (options: ProgressOptions) => Progress;

export interface StepOptions {
  /** Left out, nothing is shown. */
  readonly progress?: ProgressFactory | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Progress on standard error: one redrawn line on a terminal, plain lines elsewhere. */
export const stderrProgress: ProgressFactory = (options) =>
  progress(options, { sink: processStreams().stderr, clock: systemClock });

/** A step that failed: the sentence of its cause, the end of its log, where the rest is, and what to do. */
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
    );
  }
}

const tailLength = 20;

/**
 * Runs those steps that are not done, in order, and tells `progress` which, how far, and how long it
 * may take. A step that another one undoes (new programs make old images stale) is run after it.
 */
export async function runSteps(
  steps: readonly Step[],
  { progress: make, signal = new AbortController().signal }: StepOptions = {},
): Promise<void> {
  const done = await Promise.all(steps.map((step) => step.isDone()));
  const todo = steps.filter((_, i) => !done[i]);
  if (todo.length === 0) return;
  const shown = make?.({
    total: todo.length,
    expectedSeconds: todo.map((step) => step.expectedSeconds),
  });
  for (const step of todo) {
    signal.throwIfAborted();
    const work = () => runStep(step, signal);
    await (shown ? shown.step(step.title, work) : work());
  }
  const others = steps.filter((step) => !todo.includes(step));
  await runSteps(others, { progress: make, signal });
}

async function runStep(step: Step, signal: AbortSignal): Promise<void> {
  const logs = join(cacheRoot(), "logs");
  const logFile = join(logs, `${step.title.replaceAll(/[^A-Za-z0-9.]+/g, "-")}.log`);
  mkdirSync(logs, { recursive: true });
  writeFileSync(logFile, "");
  const tail: string[] = [];
  const began = performance.now();
  const log = (line: string): void => {
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    appendFileSync(logFile, `${seconds.padStart(6)} ${line}\n`);
    tail.push(line);
    if (tail.length > tailLength) tail.shift();
  };
  try {
    await step.run({ log, signal });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Error && !(error instanceof RunError))
      error.message.split("\n").slice(1).forEach(log);
    throw new StepError(step, logFile, tail, error);
  }
}
