/**
 * Runs the end-to-end tests on the kernel's datapath, under Debian's kernel in a machine of its own.
 * `run-kernel-tests.ts [--machine user-mode|emulated] [--record] [PART-OF-A-PATH…]`; `--record` writes
 * docs/kernel-datapath.md anew.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { repository } from "./repository.ts";
import type { TestLine } from "./testing/event-lines.ts";
import type { GuestLine } from "./testing/kernel-guest.ts";
import {
  type FileOutcome,
  type FileRecord,
  mergeRecords,
  recordPage,
} from "./testing/kernel-record.ts";
import { kernelSuite, notInEmulation } from "./testing/kernel-suite.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    record: { type: "boolean", default: false },
    machine: { type: "string", default: "user-mode" },
  },
});
/** How many times longer files take in an emulated machine, about. */
const slowerEmulated = 5;
const write = (line: string): void => console.log(line);
const wanted = kernelSuite.filter(
  ({ file }) => positionals.length === 0 || positionals.some((part) => file.includes(part)),
);
const outcomes = wanted.length === 0 ? [] : await runInGuest(wanted.map(({ file }) => file));
const missing = wanted.slice(outcomes.length).map(({ file }) => file);
if (values.record) keepRecord(outcomes.map(({ record }) => record));
process.exitCode = summary(outcomes, missing) ? 0 : 1;

/** What came of each file, of those that were run to their end. */
async function runInGuest(files: readonly string[]): Promise<readonly FileOutcome[]> {
  const minutes = wanted.reduce((sum, { minutes }) => sum + minutes, 2);
  const pace = values.machine === "emulated" ? slowerEmulated : 1;
  write(
    `${wanted.length} of ${kernelSuite.length} files on the kernel's datapath, in a machine of`,
  );
  write(`kind ${values.machine}: about ${minutes * pace} minutes. A line for each test:`);
  const guest = spawn(
    join(repository, "antrea-lab"),
    [
      ...["vm", "--machine", values.machine, "--memory", "6144", "--timeout", "24h", "--"],
      ...[process.execPath, "tools/testing/kernel-guest.ts", ...files],
    ],
    {
      cwd: repository,
      env: { ...process.env, ANTREA_TEST_DATAPATH: "system" },
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const stop = (): void => void guest.kill("SIGTERM");
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, stop);
  const ended = once(guest, "close");
  const results: FileOutcome[] = [];
  let kernel = "";
  let lines: TestLine[] = [];
  for await (const text of createInterface({ input: guest.stdout })) {
    const said = JSON.parse(text) as GuestLine;
    if (said.kind === "machine") kernel = said.kernel;
    if (said.kind === "said") write(`    ${said.text}`);
    if (said.kind === "test") {
      lines.push(said.line);
      show(said.line);
    }
    if (said.kind === "file") {
      results.push(outcomeOf(said, lines, kernel));
      lines = [];
      write(
        `[${results.length}/${files.length}] ${said.file}: ${countsOf(results.at(-1)?.record)} in ${(said.seconds / 60).toFixed(1)} min`,
      );
    }
  }
  const [code] = await ended;
  if (kernel === "") process.exit(code || 1); // the machine has not come up, and has said why
  return results;
}

function show({ kind, name, ms, reason, error = "" }: TestLine): void {
  if (kind === "pass") write(`  passed: ${name} (${(ms / 1000).toFixed(1)} s)`);
  if (kind === "fail") write(`  failed: ${name}\n${error.replaceAll(/^/gm, "    ")}`);
  if (kind === "note") write(`    ${name}`);
  if (kind === "inapplicable") write(`  does not apply: ${name}: ${reason}`);
}

function outcomeOf(
  { file, failures, seconds }: Extract<GuestLine, { kind: "file" }>,
  lines: readonly TestLine[],
  kernel: string,
): FileOutcome {
  const named = (kind: TestLine["kind"]) => lines.filter((line) => line.kind === kind);
  return {
    failures,
    record: {
      file,
      date: new Date().toISOString().slice(0, 10),
      kernel,
      seconds: Math.round(seconds),
      passed: named("pass").map(({ name }) => name),
      failed: failures.map(({ name }) => name),
      inapplicable: named("inapplicable").map(({ name, reason = "" }) => ({ name, reason })),
    },
  };
}

function countsOf(record: FileRecord | undefined): string {
  const { passed = [], failed = [], inapplicable = [] } = record ?? {};
  const rest = inapplicable.length > 0 ? `, ${inapplicable.length} do not apply` : "";
  return `${passed.length} passed, ${failed.length} failed${rest}`;
}

function keepRecord(now: readonly FileRecord[]): void {
  const data = join(repository, "docs/kernel-datapath.json");
  const before = existsSync(data) ? (JSON.parse(readFileSync(data, "utf8")) as FileRecord[]) : [];
  const files = kernelSuite.map(({ file }) => file);
  const records = mergeRecords(before, now, files);
  writeFileSync(data, `${JSON.stringify(records, null, 2)}\n`);
  writeFileSync(join(repository, "docs/kernel-datapath.md"), recordPage(records, notRun(records)));
}

/** The files without a record, each with the reason. */
function notRun(records: readonly FileRecord[]): Readonly<Record<string, string>> {
  const known = new Set(records.map(({ file }) => file));
  const waiting = kernelSuite.filter(({ file }) => !known.has(file));
  const reason = "new since the last run";
  return { ...Object.fromEntries(waiting.map(({ file }) => [file, reason])), ...notInEmulation };
}

/** Says it all once more at the end; whether everything that was asked for passed. */
function summary(results: readonly FileOutcome[], unfinished: readonly string[]): boolean {
  const failures = results.flatMap(({ failures }) => failures);
  for (const { name, file, text } of failures)
    write(`\nFAILED ${file}: ${name}\n${text.replaceAll(/^/gm, "    ")}`);
  const inapplicable = results.flatMap(({ record }) => record.inapplicable);
  if (inapplicable.length > 0) write("\nNot asked of the kernel's datapath:");
  for (const { name, reason } of inapplicable) write(`  ${name}: ${reason}`);
  for (const file of unfinished) write(`\nNOT RUN ${file}: the machine ended before`);
  if (wanted.length === 0) write("\nNo file of the kernel's list matches.");
  const passed = results.reduce((sum, { record }) => sum + record.passed.length, 0);
  const failed = failures.length + unfinished.length;
  write(`\n${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0;
}
