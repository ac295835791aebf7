import type { TestEvent } from "node:test/reporters";

/** What the runner reads of a test's end, and of what it has counted after that: one JSON object a line. */
export interface TestLine {
  readonly kind: "pass" | "fail" | "inapplicable" | "note" | "end";
  /** Of the test; of a note, its text. */
  readonly name: string;
  readonly file: string;
  readonly ms: number;
  readonly error?: string;
  /** Why a test does not apply to what is tested. */
  readonly reason?: string;
}

/** What a test says that does not apply to the kernel's datapath: see `needsUserspace` of test/support/datapath.ts. */
const inapplicable = /^kernel datapath: (?<reason>.+)/;

/** What node:test itself counts, at the end of each file. */
const totals = /^(?:tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/;

/** A reporter for node:test, given to it by `--test-reporter`. Suites are left out: they are not tests. */
export default async function* eventLines(
  source: AsyncIterable<TestEvent>,
): AsyncGenerator<string> {
  for await (const event of source) {
    if (event.type === "test:summary") yield line({ kind: "end", name: "", file: "", ms: 0 });
    if (event.type === "test:diagnostic") {
      const { message, file = "" } = event.data;
      if (!totals.test(message)) yield line({ kind: "note", name: message, file, ms: 0 });
    }
    if (event.type !== "test:pass" && event.type !== "test:fail") continue;
    const { name, file = "", details } = event.data;
    if (details.type === "suite") continue;
    const { skip } = event.data;
    const { reason } = (typeof skip === "string" && inapplicable.exec(skip)?.groups) || {};
    if (reason !== undefined && process.env["ANTREA_TEST_DATAPATH"] === "system") {
      yield line({ kind: "inapplicable", name, file, ms: 0, reason });
      continue;
    }
    const isSkipped = skip !== undefined || event.data.todo !== undefined;
    const error =
      event.type === "test:fail"
        ? errorText(event.data.details.error)
        : "The test is skipped; make it run, or remove it";
    const isBad = event.type === "test:fail" || isSkipped;
    yield line({
      kind: isBad ? "fail" : "pass",
      name,
      file,
      ms: details.duration_ms,
      ...(isBad ? { error } : {}),
    });
  }
}

const line = (one: TestLine): string => `${JSON.stringify(one)}\n`;

function errorText(error: Error & { readonly cause?: unknown }): string {
  const { cause } = error;
  return cause instanceof Error
    ? (cause.stack ?? cause.message)
    : typeof cause === "string"
      ? cause
      : error.message;
}
