import type { CaseResult, ConformanceRun } from "./conformance-run.ts";
import { setupTitle } from "./conformance-run.ts";

/** The run as a JUnit file: claims passed or failed, what is left out as skipped with its reason. */
export function formatJunit(run: ConformanceRun): string {
  const { claimed, leftOut, startedAt } = run;
  const failures = claimed.filter(({ outcome }) => outcome.kind === "failed").length;
  const seconds = claimed.reduce((sum, { outcome }) => sum + outcome.seconds, 0);
  const suite = attributes({
    name: `sig-network: ${setupTitle(run.setup)}`,
    tests: claimed.length + leftOut.length,
    failures,
    errors: 0,
    skipped: leftOut.length,
    time: seconds.toFixed(3),
    timestamp: startedAt,
  });
  const properties = {
    kubernetes: run.kubernetesVersion,
    antrea: run.productVersion,
    ...run.setup,
  };
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites>`,
    `<testsuite${suite}>`,
    "<properties>",
    ...Object.entries(properties).map(
      ([name, value]) => `<property${attributes({ name, value: String(value) })}/>`,
    ),
    "</properties>",
    ...claimed.map(testCase),
    ...leftOut.map(
      ({ name, reason }) =>
        `<testcase${attributes({ name, classname: "left out" })}><skipped${attributes({ message: reason })}/></testcase>`,
    ),
    "</testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

function testCase({ name, shows, outcome, logFile }: CaseResult): string {
  const head = attributes({ name, classname: shows, time: outcome.seconds.toFixed(3) });
  if (outcome.kind === "passed") return `<testcase${head}/>`;
  const [first = ""] = outcome.message.split("\n");
  const text = escapeXml(`${outcome.message}\nThe whole log: ${logFile}`);
  return `<testcase${head}><failure${attributes({ message: first })}>${text}</failure></testcase>`;
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escapeXml(String(value))}"`)
    .join("");
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

/** What is not a character of XML 1.0 (section 2.2) becomes U+FFFD. */
function escapeXml(text: string): string {
  return (
    text
      .toWellFormed()
      // oxlint-disable-next-line no-control-regex -- it is these that have to go
      .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd")
      .replaceAll(/[&<>"]/g, (one) => entities[one] ?? one)
  );
}
