/**
 * Runs what a change must pass: checks of the sources, unit tests, those on real Open vSwitch,
 * those that need root, those on a real API server, and end to end, in this order.
 * `run-tests.ts [--only KIND,…] [PART-OF-A-PATH…]`, KIND one of check, unit, ovs, root, kube, e2e,
 * and bare and soak, which run only where they are named.
 */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { runSuites } from "./testing/run-suites.ts";
import { runStaticChecks } from "./testing/static-checks.ts";
import { everyday, findSuites } from "./testing/suites.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { only: { type: "string" } },
});
const wanted: readonly string[] = values.only?.split(",") ?? ["check", ...everyday];
const isWanted = (kind: string): boolean => wanted.includes(kind);
const interrupted = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => interrupted.abort());
const write = (line: string): void => console.log(line);

const nothing = { passed: 0, failures: [] };
const hasChecks = isWanted("check") && positionals.length === 0;
const checks = hasChecks ? await runStaticChecks(write, interrupted.signal) : nothing;
const suites = findSuites(positionals, availableParallelism()).filter(({ name }) => isWanted(name));
const tests = await runSuites(suites, write, interrupted.signal);

const passed = checks.passed + tests.passed;
const failures = [...checks.failures, ...tests.failures];
for (const { name, file, text } of failures)
  write(`\nFAILED ${file}: ${name}\n${text.replaceAll(/^/gm, "    ")}`);
if (interrupted.signal.aborted) write("\nInterrupted: not all tests ran.");
if (passed + failures.length === 0) write("\nNo test matches.");
write(`\n${passed} passed, ${failures.length} failed`);
process.exitCode = failures.length > 0 || passed === 0 || interrupted.signal.aborted ? 1 : 0;
