/**
 * What runs in the machine with Debian's kernel: end-to-end files on the kernel's datapath, one after the other.
 * `kernel-guest.ts FILE…` prints a `GuestLine` a line; run-kernel-tests.ts reads them on the outside.
 */
import { release } from "node:os";
import type { TestLine } from "./event-lines.ts";
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

/** How long no test may end until a file counts as stuck, in milliseconds: one takes a quarter of an hour on a slow machine. */
const limitMs = 45 * 60_000;

const say = (line: GuestLine): void => console.log(JSON.stringify(line));

say({ kind: "machine", kernel: release() });
const { signal } = new AbortController();
for (const file of process.argv.slice(2)) {
  const onTest = (line: TestLine): void => say({ kind: "test", file, line });
  const onOutput = (text: string): void => say({ kind: "said", text });
  const { failures, seconds } = await runBatch(
    { title: file, files: [file] },
    { limitMs, isAlone: true, onTest, onOutput, signal },
  );
  say({ kind: "file", file, failures, seconds });
}
