/** Throws when our own reasoning is wrong. Never caught but by the task group, which stops the program. */
export function invariant(condition: unknown, sentence: string): asserts condition {
  if (!condition) throw new InvariantError(sentence);
}

/** A bug of ours: the sentence says which belief did not hold. */
export class InvariantError extends Error {
  override readonly name = "InvariantError";
}

/** Ends a `switch` over a closed union: a new member is a compile error here. */
export function absurd(value: never): never {
  throw new InvariantError(`No case for ${JSON.stringify(value)}`);
}

/** A failure that retrying cannot help; it is shown and waits for a change of its input. */
export class TerminalError extends Error {
  override readonly name = "TerminalError";
}

/** Marks `cause` as one that a retry cannot help. */
export function terminal(sentence: string, cause?: unknown): TerminalError {
  return new TerminalError(sentence, cause === undefined ? {} : { cause });
}

/** The sentence of an error and of each of its causes, joined by a colon. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.message || error.name;
  return error.cause === undefined ? own : `${own}: ${errorText(error.cause)}`;
}

/** Whether `error` is how an aborted wait ends; such an end is not a failure. */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === "AbortError" || error.name === "TimeoutError");
}
