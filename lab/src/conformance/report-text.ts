import { countClaims, type ConformanceRun, hasPassed, setupTitle } from "./conformance-run.ts";

/** The end of a run for people: what failed and why, and the count. */
export function formatConformance(run: ConformanceRun): string {
  const failures = run.claimed.flatMap(({ name, outcome, logFile }) =>
    outcome.kind === "failed"
      ? [`FAILED ${name}`, ...indented(outcome.message), `    the whole log: ${logFile}`]
      : [],
  );
  const { passed, failed } = countClaims(run);
  const others = run.forInformation;
  return [
    ...failures,
    ...(others.length > 0
      ? [`Of ${others.length} that are left out, ${others.filter(hasPassed).length} passed.`]
      : []),
    `${setupTitle(run.setup)}, Kubernetes ${run.kubernetesVersion}; ${run.leftOut.length} cases are left out, for the reasons on the page.`,
    `${passed} passed, ${failed} failed`,
  ].join("\n");
}

function indented(message: string): readonly string[] {
  return message
    .split("\n")
    .slice(0, 12)
    .map((line) => `    ${line.slice(0, 300)}`);
}
