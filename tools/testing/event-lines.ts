import type { TestEvent } from "node:test/reporters";

/** What the runner reads of a test's end: one JSON object a line. */
export interface TestLine {
  readonly kind: "pass" | "fail" | "end";
  readonly name: string;
  readonly file: string;
  readonly ms: number;
  readonly error?: string;
}

/** A reporter for node:test, given to it by `--test-reporter`. Suites are left out: they are not tests. */
export default async function* eventLines(
  source: AsyncIterable<TestEvent>,
): AsyncGenerator<string> {
  for await (const event of source) {
    if (event.type === "test:summary") yield line({ kind: "end", name: "", file: "", ms: 0 });
    if (event.type !== "test:pass" && event.type !== "test:fail") continue;
    const { name, file = "", details } = event.data;
    if (details.type === "suite") continue;
    const isSkipped = event.data.skip !== undefined || event.data.todo !== undefined;
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
