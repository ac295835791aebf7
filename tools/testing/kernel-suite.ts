/** An end-to-end file that `make test-kernel` runs. */
export interface KernelFile {
  readonly file: string;
  /** How long it took on two cores of 2026 that did nothing else, in minutes. */
  readonly minutes: number;
}

/** In the order in which they run: what says most comes first. */
export const kernelSuite: readonly KernelFile[] = [
  { file: "test/bare-nodes.test.ts", minutes: 3 },
  { file: "test/modes.test.ts", minutes: 12 },
  { file: "test/guide.test.ts", minutes: 10 },
  { file: "test/nodes.test.ts", minutes: 10 },
  { file: "test/cni.test.ts", minutes: 8 },
  { file: "test/dual-stack.test.ts", minutes: 8 },
  { file: "test/dual-stack-paths.test.ts", minutes: 8 },
  { file: "test/dual-stack-ipv6.test.ts", minutes: 8 },
  { file: "test/drift.test.ts", minutes: 8 },
  { file: "test/restarts.test.ts", minutes: 10 },
  { file: "test/bad-days.test.ts", minutes: 10 },
  { file: "test/options.test.ts", minutes: 10 },
  { file: "test/antctl.test.ts", minutes: 10 },
  { file: "test/observability.test.ts", minutes: 8 },
];

/** The end-to-end files that do not run there, each with the reason. */
export const notInEmulation: Readonly<Record<string, string>> = {
  "test/upgrade.test.ts":
    "it builds images of the version before from Debian's packages, and the emulated machine has no network",
};
