/** An end-to-end file that `make test-kernel` runs. */
export interface KernelFile {
  readonly file: string;
  /** How long it took there with one processor of its own, about. */
  readonly minutes: number;
}

/** In the order in which they run: what says most comes first. */
export const kernelSuite: readonly KernelFile[] = [
  { file: "test/bare/bare-nodes.test.ts", minutes: 22 },
  { file: "test/modes.test.ts", minutes: 11 },
  { file: "test/mtu.test.ts", minutes: 9 },
  { file: "test/guide.test.ts", minutes: 9 },
  { file: "test/nodes.test.ts", minutes: 12 },
  { file: "test/link-change.test.ts", minutes: 18 },
  { file: "test/cni.test.ts", minutes: 10 },
  { file: "test/cni-calls.test.ts", minutes: 2 },
  { file: "test/dual-stack.test.ts", minutes: 3 },
  { file: "test/dual-stack-paths.test.ts", minutes: 15 },
  { file: "test/dual-stack-ipv6.test.ts", minutes: 15 },
  { file: "test/drift.test.ts", minutes: 3 },
  { file: "test/restarts.test.ts", minutes: 4 },
  { file: "test/bad-days.test.ts", minutes: 6 },
  { file: "test/options.test.ts", minutes: 5 },
  { file: "test/antctl.test.ts", minutes: 6 },
  { file: "test/policies.test.ts", minutes: 5 },
  { file: "test/node-policies.test.ts", minutes: 4 },
  { file: "test/policy-plan.test.ts", minutes: 3 },
  { file: "test/observability.test.ts", minutes: 3 },
  { file: "test/trust.test.ts", minutes: 8 },
  { file: "test/policies-bad-days.test.ts", minutes: 9 },
  { file: "test/upgrade.test.ts", minutes: 8 },
];

/** The end-to-end files that do not run there, each with the reason. */
export const notInEmulation: Readonly<Record<string, string>> = {
  "test/paths.test.ts":
    "direct paths are measured by frames of the bridge, and the kernel's datapath leaves the uplink to the host",
};
