import { findLeftovers, observeMachine } from "./leftovers.ts";
import type { BatchResult, Failure } from "./run-batch.ts";
import { runBatch } from "./run-batch.ts";
import type { Batch, Suite } from "./suites.ts";

export interface Totals {
  readonly passed: number;
  readonly failures: BatchResult["failures"];
}

/** Runs suites one after the other and each suite's batches side by side as far as it allows, with a line for each. */
export async function runSuites(
  suites: readonly Suite[],
  write: (line: string) => void,
  signal: AbortSignal,
): Promise<Totals> {
  const results: BatchResult[] = [];
  const ofSuites: Failure[] = [];
  const total = suites.reduce((sum, suite) => sum + suite.batches.length, 0);
  for (const suite of suites) {
    const waiting = [...suite.batches];
    const before = observeMachine();
    const worker = async (): Promise<void> => {
      for (let batch = waiting.shift(); batch && !signal.aborted; batch = waiting.shift()) {
        const result = await runOne(suite, batch, write, signal);
        results.push(result);
        write(
          `[${results.length}/${total}] ${suite.name} ${batch.title}: ${outcome(result)} in ${result.seconds.toFixed(1)} s`,
        );
      }
    };
    await Promise.all(Array.from({ length: suite.width }, worker));
    if (!runsAlone(suite)) {
      const left = await findLeftovers(undefined, before);
      if (left.length > 0)
        ofSuites.push({
          name: "leaves something behind",
          file: `one of ${suite.name}`,
          text: left.join("\n"),
        });
    }
  }
  return {
    passed: results.reduce((sum, one) => sum + one.passed, 0),
    failures: [...results.flatMap((one) => one.failures), ...ofSuites],
  };
}

function runOne(
  suite: Suite,
  batch: Batch,
  write: (line: string) => void,
  signal: AbortSignal,
): Promise<BatchResult> {
  const isLong = ["e2e", "bare", "soak"].includes(suite.name);
  let hasFailed = false;
  return runBatch(batch, {
    limitMs: suite.limitMs,
    isAlone: runsAlone(suite),
    signal,
    onTest({ kind, name, ms }) {
      if (kind === "note") {
        // counts belong to the test before: seeds and losses where it failed, and the figures of long ones
        if (hasFailed || suite.name === "soak") write(`    ${name}`);
        return;
      }
      hasFailed = kind === "fail";
      // Short suites tell by batch; where a file takes minutes, each test is news. A failure always is.
      if (hasFailed) write(`  failed: ${name}`);
      else if (isLong) write(`  passed: ${name} (${(ms / 1000).toFixed(1)} s)`);
    },
    // what a test counts that takes many minutes is shown as it comes
    ...(suite.name === "soak" ? { onOutput: (line: string) => write(`  ${line}`) } : {}),
  });
}

/** Whether what is new on the machine after a batch can only be this batch's own. */
function runsAlone({ width }: Suite): boolean {
  return width === 1;
}

function outcome({ passed, failures }: BatchResult): string {
  return failures.length === 0 ? `${passed} passed` : `${passed} passed, ${failures.length} failed`;
}
