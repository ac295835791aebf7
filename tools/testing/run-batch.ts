import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { repository } from "../repository.ts";
import type { TestLine } from "./event-lines.ts";
import { findLeftovers, marker, observeMachine } from "./leftovers.ts";
import type { Batch } from "./suites.ts";

export interface Failure {
  readonly name: string;
  /** From the root of the checkout. */
  readonly file: string;
  readonly text: string;
}

export interface BatchResult {
  readonly passed: number;
  readonly failures: readonly Failure[];
  readonly seconds: number;
}

interface Options {
  /** How long no test may end until the batch counts as stuck: a slow machine is no fault. */
  readonly limitMs: number;
  /** Whether nothing else runs beside it, so that namespaces and mounts can be told to be its own. */
  readonly isAlone: boolean;
  readonly onTest: (line: TestLine) => void;
  /** Gets each line that the tests print, as it comes. */
  readonly onOutput?: (line: string) => void;
  readonly signal: AbortSignal;
}

/** How long a process that is asked to end may clean up: a lab takes seconds to go. */
const cleanUpMs = 60_000;
/** How long a process may take to end after its last test. */
const endMs = 10_000;
const reporter = fileURLToPath(new URL("event-lines.ts", import.meta.url));
const loader = fileURLToPath(new URL("load-files.ts", import.meta.url));

/** Runs a batch in a process of its own and gives what came of it, with what it left behind as failures. */
export async function runBatch(
  batch: Batch,
  { limitMs, isAlone, onTest, onOutput, signal }: Options,
): Promise<BatchResult> {
  const began = performance.now();
  const mark = randomUUID();
  const folder = mkdtempSync(join(tmpdir(), "antrea-test-"));
  const events = join(folder, "events");
  const output = openSync(join(folder, "output"), "w");
  const before = isAlone ? observeMachine() : undefined;
  const child = spawn(
    process.execPath,
    [
      `--test-reporter=${reporter}`,
      `--test-reporter-destination=${events}`,
      loader,
      ...batch.files,
    ],
    { cwd: repository, env: { ...process.env, [marker]: mark }, stdio: ["ignore", output, output] },
  );
  const exit = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
  const stop = (): void => void child.kill("SIGTERM");
  signal.addEventListener("abort", stop);
  try {
    const onLook = onOutput && newLines(join(folder, "output"), onOutput);
    const { lines, stuck } = await follow(events, exit, { onTest, onLook, limitMs });
    if (stuck) {
      child.kill("SIGTERM");
      await Promise.race([exit, sleep(cleanUpMs)]);
      child.kill("SIGKILL");
    }
    const [code] = await exit;
    const said = readFileSync(join(folder, "output"), "utf8");
    const failures = lines
      .filter((line) => line.kind === "fail")
      .map(({ name, file, error }) => ({
        name,
        file: file.replace(`${repository}/`, ""),
        text: error ?? "",
      }));
    const left = await findLeftovers(mark, before);
    return {
      passed: lines.filter((line) => line.kind === "pass").length,
      failures: [...failures, ...ending(batch, { code, stuck, said, lines, left })],
      seconds: (performance.now() - began) / 1000,
    };
  } finally {
    signal.removeEventListener("abort", stop);
    closeSync(output);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Reads the events as they come, until the process ends or is stuck. */
async function follow(
  events: string,
  exit: Promise<unknown>,
  {
    onTest,
    onLook,
    limitMs,
  }: Pick<Options, "onTest" | "limitMs"> & { readonly onLook: (() => void) | undefined },
): Promise<{ lines: readonly TestLine[]; stuck: string | undefined }> {
  let hasExited = false;
  void exit.then(() => {
    hasExited = true;
  });
  const lines: TestLine[] = [];
  let deadline = performance.now() + limitMs;
  let endedAt: number | undefined;
  for (;;) {
    const isLast = hasExited;
    const text = existsSync(events) ? readFileSync(events, "utf8") : "";
    const whole = text
      .slice(0, text.lastIndexOf("\n") + 1)
      .split("\n")
      .slice(0, -1);
    for (const one of whole.slice(lines.length)) {
      const line = JSON.parse(one) as TestLine;
      lines.push(line);
      deadline = performance.now() + limitMs;
      if (line.kind === "end") endedAt = performance.now();
      else onTest(line);
    }
    onLook?.();
    const now = performance.now();
    if (isLast) return { lines, stuck: undefined };
    if (endedAt !== undefined && now > endedAt + endMs)
      return {
        lines,
        stuck: "its tests ended, but something keeps the process alive: a socket, a timer, a child",
      };
    if (now > deadline) return { lines, stuck: `no test ended within ${limitMs / 1000} s` };
    await Promise.race([exit, sleep(100)]);
  }
}

/** Tells of the whole lines that a file got since the last call. */
function newLines(path: string, tell: (line: string) => void): () => void {
  let told = 0;
  return () => {
    const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
    for (const line of lines.slice(told)) tell(line);
    told = lines.length;
  };
}

/** Failures that are no test's: a crash, a process that does not end, things left behind. */
function ending(
  batch: Batch,
  {
    code,
    stuck,
    said,
    lines,
    left,
  }: {
    code: number | null;
    stuck: string | undefined;
    said: string;
    lines: readonly TestLine[];
    left: readonly string[];
  },
): readonly Failure[] {
  const failures: Failure[] = [];
  const add = (name: string, text: string): void =>
    void failures.push({ name, file: batch.title, text });
  const tail = said.split("\n").slice(-40).join("\n");
  const hasFailed = lines.some((line) => line.kind === "fail");
  const count = lines.filter(({ kind }) => kind !== "end" && kind !== "note").length;
  const hasEnded = lines.some((line) => line.kind === "end");
  if (stuck) add("does not end", `${stuck}\n${tail}`);
  else if (code === 0 && count === 0) add("has no test", tail);
  else if (!hasEnded) add("crashed", tail);
  else if (code !== 0 && !hasFailed) add(`ended with status ${code}`, tail);
  if (left.length > 0) add("leaves something behind", left.join("\n"));
  return failures;
}
