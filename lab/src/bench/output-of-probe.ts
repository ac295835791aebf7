/** What the measuring tool counted, and how long it took. */
export interface ProbeResult {
  readonly count: number;
  readonly seconds: number;
}

/** Reads the last line of the tool; throws on anything else. */
export function parseProbe(text: string): ProbeResult {
  const value: unknown = JSON.parse(text.trim().split("\n").at(-1) ?? "");
  if (isResult(value)) return value;
  throw new Error(`The measuring tool said: ${text.trim().slice(0, 200)}`);
}

function isResult(value: unknown): value is ProbeResult {
  const { count, seconds } = Object(value) as Record<string, unknown>;
  return typeof count === "number" && typeof seconds === "number" && seconds > 0;
}
