import type { TestContext } from "node:test";
import fc from "fast-check";

/**
 * Looks for a counterexample: a few runs in a test, `FUZZ_MINUTES` of them where somebody asks. What it
 * finds is shrunk. The seed is told either way, and `FUZZ_SEED` begins with it again.
 */
export function search<T>(t: TestContext, property: fc.IProperty<T>, runs: number): void {
  const effort = effortOf(runs);
  const details = fc.check(property, effort);
  report(t, effort, details);
}

/** The same where trying takes the world's time. */
export async function searchAsync<T>(
  t: TestContext,
  property: fc.IAsyncProperty<T>,
  runs: number,
): Promise<void> {
  const effort = effortOf(runs);
  report(t, effort, await fc.check(property, effort));
}

function effortOf(runs: number) {
  const minutes = Number(process.env["FUZZ_MINUTES"] ?? 0);
  const seed = Number(process.env["FUZZ_SEED"] ?? Date.now() % 2 ** 31);
  return minutes > 0
    ? { seed, numRuns: 2 ** 31 - 1, interruptAfterTimeLimit: minutes * 60_000 }
    : { seed, numRuns: runs };
}

function report<T>(
  t: TestContext,
  { seed }: { readonly seed: number },
  details: fc.RunDetails<T>,
): void {
  t.diagnostic(`seed ${seed}, ${details.numRuns} tried`);
  if (!details.failed) return;
  const message = fc.defaultReportMessage(details) ?? "A property failed";
  throw new Error(message, { cause: details.errorInstance });
}
