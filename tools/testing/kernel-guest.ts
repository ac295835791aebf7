/**
 * What runs in the machine with Debian's kernel: end-to-end files on the kernel's datapath, one after the other.
 * `kernel-guest.ts FILE…` prints a `GuestLine` a line; run-kernel-tests.ts reads them on the outside.
 */
import { release } from "node:os";
import type { TestLine } from "./event-lines.ts";
import { kernelSuite } from "./kernel-suite.ts";
import { type Failure, runBatch } from "./run-batch.ts";

export type GuestLine =
  | { readonly kind: "machine"; readonly kernel: string }
  | { readonly kind: "test"; readonly file: string; readonly line: TestLine }
  /** What a test prints. */
  | { readonly kind: "said"; readonly text: string }
  | {
      readonly kind: "file";
      readonly file: string;
      readonly failures: readonly Failure[];
      readonly seconds: number;
    };

/** After how long a file counts as stuck, in minutes: several times what it took, on a machine that may be busier. */
function limitMinutes(file: string): number {
  const { minutes = 40 } = kernelSuite.find((one) => one.file === file) ?? {};
  return Math.max(30, 3 * minutes);
}

const say = (line: GuestLine): void => console.log(JSON.stringify(line));

say({ kind: "machine", kernel: release() });
const { signal } = new AbortController();
for (const file of process.argv.slice(2)) {
  const onTest = (line: TestLine): void => say({ kind: "test", file, line });
  const onOutput = (text: string): void => say({ kind: "said", text });
  const limitMs = limitMinutes(file) * 60_000;
  const { failures, seconds } = await runBatch(
    { title: file, files: [file] },
    { limitMs, isAlone: true, onTest, onOutput, signal },
  );
  say({ kind: "file", file, failures, seconds });
}
