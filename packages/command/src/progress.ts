import type { Clock } from "@antrea/base";
import type { Sink } from "./streams.ts";

export interface ProgressOptions {
  /** How many steps there will be. */
  readonly total: number;
  /** How long each step took another time, in seconds and in order; makes the remaining time known early. */
  readonly expectedSeconds?: readonly number[];
  /** Where no terminal redraws the line, a step that still runs says so this often. Default 15 s. */
  readonly heartbeatMs?: number;
}

/** Tells a person where a long piece of work is. Steps may overlap. */
export interface Progress {
  /** Runs one step under its title. `note` adds a word about where the step is. */
  step<T>(title: string, work: (note: (text: string) => void) => T | Promise<T>): Promise<T>;
  /** A line of its own, above the running one. */
  say(line: string): void;
}

/** Where progress is drawn, and the time it tells. */
export interface ProgressView {
  readonly sink: Sink;
  readonly clock: Clock;
}

interface Step {
  readonly label: string;
  readonly startedMs: number;
  note: string;
}

/** Draws on `sink`: one redrawn line on a terminal, plain lines elsewhere. */
export function progress(options: ProgressOptions, { sink, clock }: ProgressView): Progress {
  const { total, expectedSeconds = [], heartbeatMs = 15_000 } = options;
  const startedMs = clock.now();
  const expectedMs = expectedSeconds.map((seconds) => seconds * 1000);
  const running = new Set<Step>();
  const drawing = sink.isTerminal ? redrawnLine(sink) : plainLines(sink);
  let begun = 0;
  let finished = 0;
  let finishedAtMs = 0;

  const times = () => {
    const elapsedMs = clock.now() - startedMs;
    const left = remainingMs({ elapsedMs, finishedAtMs, finished, total, expectedMs });
    const leftText = left === undefined ? "" : `, about ${formatElapsed(left)} left`;
    return `${formatElapsed(elapsedMs)} elapsed${leftText}`;
  };
  const begin = (title: string): Step => {
    const number = String(++begun).padStart(String(total).length);
    const step = { label: `[${number}/${total}] ${title}`, startedMs: clock.now(), note: "" };
    running.add(step);
    drawing.begun(step, times());
    return step;
  };
  const end = (step: Step, outcome: "done" | "failed") => {
    running.delete(step);
    finished++;
    finishedAtMs = clock.now() - startedMs;
    drawing.line(`${step.label} … ${outcome} in ${formatElapsed(clock.now() - step.startedMs)}`);
    const next = [...running].at(-1);
    if (next) drawing.noted(next, times());
  };
  const keepDrawing = async (step: Step, signal: AbortSignal) => {
    while (!signal.aborted) {
      const isOver = await clock.sleep(sink.isTerminal ? 1000 : heartbeatMs, { signal }).then(
        () => false,
        () => true,
      );
      if (!isOver) drawing.ticked(step, times());
    }
  };

  return {
    say: drawing.line,
    async step(title, work) {
      const step = begin(title);
      const over = new AbortController();
      const ticking = keepDrawing(step, over.signal);
      let outcome: "done" | "failed" = "failed";
      try {
        const result = await work((text) => {
          step.note = text;
          drawing.noted(step, times());
        });
        outcome = "done";
        return result;
      } finally {
        over.abort();
        await ticking;
        end(step, outcome);
      }
    },
  };
}

interface Drawing {
  line(text: string): void;
  begun(step: Step, times: string): void;
  noted(step: Step, times: string): void;
  ticked(step: Step, times: string): void;
}

function redrawnLine(sink: Sink): Drawing {
  let isDrawn = false;
  const draw = (step: Step, times: string) => {
    const text = `${step.label}${noteText(step)} (${times})`;
    sink.write(`\r${text.slice(0, Math.max(20, sink.width - 1))}\x1b[K`);
    isDrawn = true;
  };
  return {
    line(text) {
      sink.write(`${isDrawn ? "\r\x1b[K" : ""}${text}\n`);
      isDrawn = false;
    },
    begun: draw,
    noted: draw,
    ticked: draw,
  };
}

function plainLines(sink: Sink): Drawing {
  const line = (text: string) => sink.write(`${text}\n`);
  return {
    line,
    begun: (step, times) => line(`${step.label} … (${times})`),
    noted: () => {}, // the next heartbeat carries it
    ticked: (step, times) => line(`${step.label} … still running${noteText(step)}, ${times}`),
  };
}

/**
 * What is still to come. With expectations, theirs, scaled by how this run compares with them so far;
 * without, the mean of the finished steps; unknown before the first one ends.
 */
export function remainingMs(state: {
  readonly elapsedMs: number;
  /** When the last step ended, in milliseconds from the start. */
  readonly finishedAtMs: number;
  readonly finished: number;
  readonly total: number;
  readonly expectedMs: readonly number[];
}): number | undefined {
  const { elapsedMs, finishedAtMs, finished, total, expectedMs } = state;
  if (finished >= total) return 0;
  const sinceMs = Math.max(0, elapsedMs - finishedAtMs);
  if (expectedMs.length >= total) {
    const all = sum(expectedMs.slice(0, total));
    const past = sum(expectedMs.slice(0, finished));
    // the expectation has a weight too: a short first step that was slow says little of the rest
    const weight = all / 10;
    const pace = all > 0 ? (finishedAtMs + weight) / (past + weight) : 1;
    return Math.max(0, (all - past) * pace - sinceMs);
  }
  if (finished === 0) return undefined;
  return Math.max(0, (finishedAtMs / finished) * (total - finished) - sinceMs);
}

function sum(list: readonly number[]): number {
  return list.reduce((a, b) => a + b, 0);
}

/** "0.4 s", "12 s", "3 min 5 s", "1 h 2 min". */
export function formatElapsed(ms: number): string {
  if (ms < 10_000) return `${(Math.max(0, ms) / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes} min ${seconds % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function noteText({ note }: Step): string {
  return note === "" ? "" : `: ${note}`;
}
