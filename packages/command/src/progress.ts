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

interface Step {
  readonly index: number;
  readonly title: string;
  readonly startedMs: number;
  note: string;
}

/** Draws on `sink`: one redrawn line on a terminal, plain lines elsewhere. */
export function progress(
  { total, expectedSeconds = [], heartbeatMs = 15_000 }: ProgressOptions,
  { sink, clock }: { readonly sink: Sink; readonly clock: Clock },
): Progress {
  const startedMs = clock.now();
  const running = new Set<Step>();
  let begun = 0;
  let finished = 0;
  let drawn = false;

  const label = (step: Step) => `[${String(step.index).padStart(String(total).length)}/${total}]`;
  const clear = () => {
    if (drawn) sink.write("\r\x1b[K");
    drawn = false;
  };
  const line = (text: string) => {
    clear();
    sink.write(`${text}\n`);
  };
  const times = () => {
    const now = clock.now();
    const remaining = remainingMs({
      elapsedMs: now - startedMs,
      finished,
      total,
      expectedMs: expectedSeconds.map((seconds) => seconds * 1000),
    });
    const left = remaining === undefined ? "" : `, about ${formatElapsed(remaining)} left`;
    return `${formatElapsed(now - startedMs)} elapsed${left}`;
  };
  const draw = (step: Step) => {
    if (!sink.isTerminal) return;
    const note = step.note === "" ? "" : `: ${step.note}`;
    const text = `${label(step)} ${step.title}${note} (${times()})`;
    sink.write(`\r${text.slice(0, Math.max(20, sink.width - 1))}\x1b[K`);
    drawn = true;
  };
  const tick = async (step: Step, signal: AbortSignal) => {
    const everyMs = sink.isTerminal ? 1000 : heartbeatMs;
    while (!signal.aborted) {
      try {
        await clock.sleep(everyMs, { signal });
      } catch {
        return; // the step ended
      }
      if (sink.isTerminal) draw(step);
      else line(`${label(step)} ${step.title} … still running${noteText(step)}, ${times()}`);
    }
  };

  return {
    say: line,
    async step(title, work) {
      const step: Step = { index: ++begun, title, startedMs: clock.now(), note: "" };
      running.add(step);
      if (!sink.isTerminal) line(`${label(step)} ${title} … (${times()})`);
      draw(step);
      const ended = new AbortController();
      const ticking = tick(step, ended.signal);
      let outcome = "failed";
      try {
        const result = await work((text) => {
          step.note = text;
          draw(step);
        });
        outcome = "done";
        return result;
      } finally {
        ended.abort();
        await ticking;
        running.delete(step);
        finished++;
        line(
          `${label(step)} ${title} … ${outcome} in ${formatElapsed(clock.now() - step.startedMs)}`,
        );
        const next = [...running].at(-1);
        if (next) draw(next);
      }
    },
  };
}

/**
 * What is still to come. With expectations, theirs, scaled by how this run compares with them so far;
 * without, the mean of the finished steps; unknown before the first one ends.
 */
export function remainingMs(state: {
  readonly elapsedMs: number;
  readonly finished: number;
  readonly total: number;
  readonly expectedMs: readonly number[];
}): number | undefined {
  const { elapsedMs, finished, total, expectedMs } = state;
  if (finished >= total) return 0;
  const sum = (list: readonly number[]) => list.reduce((a, b) => a + b, 0);
  if (expectedMs.length >= total) {
    const past = sum(expectedMs.slice(0, finished));
    const pace = past > 0 ? elapsedMs / past : 1;
    const ahead = sum(expectedMs.slice(finished, total)) * pace;
    return Math.max(0, ahead - Math.max(0, elapsedMs - past * pace));
  }
  return finished === 0 ? undefined : (elapsedMs / finished) * (total - finished);
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
