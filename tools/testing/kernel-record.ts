import type { Failure } from "./run-batch.ts";

/** What came of one file on the kernel's datapath, as docs/kernel-datapath.json keeps it. */
export interface FileRecord {
  readonly file: string;
  /** The day of the run, as 2026-11-28. */
  readonly date: string;
  /** As `uname -r` says it. */
  readonly kernel: string;
  readonly seconds: number;
  readonly passed: readonly string[];
  readonly failed: readonly string[];
  /** Tests of what only the userspace datapath has. */
  readonly inapplicable: readonly { readonly name: string; readonly reason: string }[];
  /** What else a reader must know of this run; written by hand. */
  readonly note?: string;
}

export interface FileOutcome {
  readonly record: FileRecord;
  readonly failures: readonly Failure[];
}

/** Whether it was Debian's source as a user-mode Linux, and not the very kernel that Debian installs. */
function isUserMode({ kernel }: FileRecord): boolean {
  return kernel.endsWith("-uml");
}

/** Newer records in the place of older ones of the same file in such a machine; those of files that are gone go too. */
export function mergeRecords(
  before: readonly FileRecord[],
  now: readonly FileRecord[],
  files: readonly string[],
): readonly FileRecord[] {
  return files.flatMap((file) =>
    [false, true].flatMap((kind) => {
      const of = (records: readonly FileRecord[]) =>
        records.find((one) => one.file === file && isUserMode(one) === kind);
      return of(now) ?? of(before) ?? [];
    }),
  );
}

/** The page docs/kernel-datapath.md. */
export function recordPage(
  records: readonly FileRecord[],
  leftOut: Readonly<Record<string, string>>,
): string {
  const count = (pick: (record: FileRecord) => number): number =>
    records.reduce((sum, record) => sum + pick(record), 0);
  const kernels = [...new Set(records.map(({ kernel }) => kernel))].join(", ");
  const rows = records.map(
    ({ file, date, seconds, passed, failed, inapplicable, kernel }) =>
      `| \`${file}\` | ${passed.length} | ${failed.length} | ${inapplicable.length} | ${(seconds / 60).toFixed(1)} | ${date} | ${kernel} |`,
  );
  const notes = records.flatMap(({ file, note }) => (note ? [`- \`${file}\`: ${note}`] : []));
  const tests = records.map(
    ({ file, kernel, passed }) =>
      `### ${file}, ${kernel}\n\n${passed.map((name) => `- ${name}`).join("\n")}`,
  );
  const failed = records.flatMap((record) =>
    record.failed.map((name) => `- \`${record.file}\`: ${name}`),
  );
  const inapplicable = records.flatMap((record) =>
    record.inapplicable.map(({ name, reason }) => `| \`${record.file}\` | ${name} | ${reason} |`),
  );
  return `<!-- Written by make test-kernel RECORD=yes, from kernel-datapath.json. -->
# The end-to-end tests on the kernel's datapath

\`make test-kernel\` runs the end-to-end files of \`test/\` on labs with \`ovsDatapathType: system\`, under Debian's kernel in a machine of its own ([how](guides/develop-with-the-lab.md#the-kernels-datapath)). This is the last run of each file: kernel ${kernels} (one that ends with \`-uml\` is Debian's source as a user-mode Linux, the other the very kernel that Debian installs, in emulation), ${count((one) => one.passed.length)} tests passed, ${count((one) => one.failed.length)} failed, ${count((one) => one.inapplicable.length)} do not apply. What each datapath has: [docs/guides/datapaths.md](guides/datapaths.md).

Such machines are several times slower, and waits are as many times as long (\`ANTREA_LAB_PATIENCE\`, 6 or 10): the run shows what works, not how fast. Limits in seconds that a test states are that much wider there, and traffic under which a change is made has that much less of all, of datagrams as many times less again.

| file | passed | failed | do not apply | minutes | day | kernel |
|---|---:|---:|---:|---:|---|---|
${rows.join("\n")}
${notes.length > 0 ? `\n${notes.join("\n")}\n` : ""}${failed.length > 0 ? `\n## Failed\n\n${failed.join("\n")}\n` : ""}${inapplicable.length > 0 ? `\n## Tests that do not apply\n\n| file | test | why |\n|---|---|---|\n${inapplicable.join("\n")}\n` : ""}
## Files that are not run

${Object.entries(leftOut)
  .map(([file, reason]) => `- \`${file}\`: ${reason}.`)
  .join("\n")}

## What passed

${tests.join("\n\n")}
`;
}
