/**
 * What runs in the emulated machine: end-to-end files on the kernel's datapath, one after the other.
 * `kernel-guest.ts FILE…` prints a `GuestLine` a line; run-kernel-tests.ts reads them on the outside.
 */
import { release } from "node:os";
import type { TestLine } from "./event-lines.ts";
import { type Failure, runBatch } from "./run-batch.ts";

export type GuestLine =
  | { readonly kind: "machine"; readonly kernel: string }
  | { readonly kind: "test"; readonly file: string; readonly line: TestLine }
  | {
      readonly kind: "file";
      readonly file: string;
      readonly failures: readonly Failure[];
      readonly seconds: number;
    };

/** After how long a file counts as stuck, in milliseconds: twelve minutes are enough without emulation. */
const limitMs = 60 * 60_000;

const say = (line: GuestLine): void => console.log(JSON.stringify(line));

say({ kind: "machine", kernel: release() });
const { signal } = new AbortController();
for (const file of process.argv.slice(2)) {
  const onTest = (line: TestLine): void => say({ kind: "test", file, line });
  const batch = { title: file, files: [file] };
  const { failures, seconds } = await runBatch(batch, { limitMs, isAlone: true, onTest, signal });
  say({ kind: "file", file, failures, seconds });
}
