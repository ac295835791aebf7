import type { LabOptions } from "../options.ts";
import type { Claim, LeftOut } from "./select-cases.ts";

/** How a case ended, by what `e2e.test` reports. */
export type Outcome =
  | { readonly kind: "passed"; readonly seconds: number }
  | {
      readonly kind: "failed";
      readonly seconds: number;
      /** What was wrong, in the words of `e2e.test`. */
      readonly message: string;
    };

export interface CaseResult extends Claim {
  readonly outcome: Outcome;
  /** All that `e2e.test` wrote. */
  readonly logFile: string;
}

/** The configuration that is judged. */
export type Setup = Pick<
  LabOptions,
  "mode" | "tunnel" | "datapath" | "ipFamily" | "nodes" | "subnets"
>;

/** All that one run found. */
export interface ConformanceRun {
  /** Times as RFC 3339 has them. */
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly kubernetesVersion: string;
  readonly productVersion: string;
  readonly setup: Setup;
  /** Part of the names that the run was narrowed to. */
  readonly focus?: string | undefined;
  readonly claimed: readonly CaseResult[];
  /** Cases that are left out and were run all the same. */
  readonly forInformation: readonly CaseResult[];
  readonly leftOut: readonly LeftOut[];
}

export function hasPassed({ outcome }: CaseResult): boolean {
  return outcome.kind === "passed";
}

/** Passed and failed claims; a failed claim fails the run. */
export function countClaims({ claimed }: Pick<ConformanceRun, "claimed">) {
  const passed = claimed.filter(hasPassed).length;
  return { passed, failed: claimed.length - passed };
}

/** "encap, geneve, netdev, dual", which also tells the page's sections apart. */
export function setupTitle({ mode, tunnel, datapath, ipFamily }: Setup): string {
  const families = { ipv4: "IPv4", ipv6: "IPv6", dual: "dual stack" }[ipFamily];
  return `${mode}${mode === "noEncap" ? "" : ` (${tunnel})`}, ${families}, ${datapath}`;
}
