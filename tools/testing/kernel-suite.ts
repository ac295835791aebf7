/** An end-to-end file that `make test-kernel` runs. */
export interface KernelFile {
  readonly file: string;
  /**
   * How long it took on two cores that much else ran on, in minutes; undefined where it has not come to its end there yet.
   * Such a file runs only where it is asked for.
   */
  readonly minutes?: number;
}

/** In the order in which they run: what says most comes first. */
export const kernelSuite: readonly KernelFile[] = [
  { file: "test/bare/bare-nodes.test.ts", minutes: 22 },
  { file: "test/modes.test.ts" },
  { file: "test/mtu.test.ts" },
  { file: "test/guide.test.ts", minutes: 9 },
  { file: "test/nodes.test.ts" },
  { file: "test/link-change.test.ts", minutes: 18 },
  { file: "test/cni.test.ts" },
  { file: "test/cni-calls.test.ts" },
  { file: "test/dual-stack.test.ts" },
  { file: "test/dual-stack-paths.test.ts" },
  { file: "test/dual-stack-ipv6.test.ts" },
  { file: "test/drift.test.ts" },
  { file: "test/restarts.test.ts" },
  { file: "test/bad-days.test.ts" },
  { file: "test/options.test.ts" },
  { file: "test/antctl.test.ts" },
  { file: "test/policies.test.ts" },
  { file: "test/node-policies.test.ts" },
  { file: "test/policy-plan.test.ts" },
  { file: "test/observability.test.ts" },
  { file: "test/trust.test.ts" },
  { file: "test/policies-bad-days.test.ts" },
  { file: "test/upgrade.test.ts" },
];

/** The end-to-end files that do not run there, each with the reason. */
export const notInEmulation: Readonly<Record<string, string>> = {
  "test/paths.test.ts":
    "direct paths are measured by frames of the bridge, and the kernel's datapath leaves the uplink to the host",
};
