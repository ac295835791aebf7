import { defaultOptions } from "../../options.ts";
import type { CaseResult, ConformanceRun } from "../conformance-run.ts";

export function passed(name: string, shows: string): CaseResult {
  return { name, shows, outcome: { kind: "passed", seconds: 12.34 }, logFile: `/tmp/${name}.log` };
}

export function failed(name: string, shows: string, message: string): CaseResult {
  return { ...passed(name, shows), outcome: { kind: "failed", seconds: 60, message } };
}

/** A run of two claims, of which one failed. */
export function conformanceRun(given: Partial<ConformanceRun> = {}): ConformanceRun {
  return {
    startedAt: "2026-11-28T11:00:00.000Z",
    finishedAt: "2026-11-28T11:10:00.000Z",
    kubernetesVersion: "1.36.3",
    productVersion: "0.1.0",
    setup: { ...defaultOptions, nodes: 3, subnets: 2 },
    claimed: [
      passed("[sig-network] Pods should talk: http [Conformance]", "Pods reach Pods"),
      failed("[sig-network] DNS should <work>", "Names", 'no "answer" & more\nat dns.go:7'),
    ],
    forInformation: [],
    leftOut: [{ name: "[sig-network] Balancers should *work*", reason: "there is no cloud" }],
    ...given,
  };
}
