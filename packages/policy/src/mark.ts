/**
 * How far a stream of the controller has come: the number of the last event of the cluster that it has told
 * of, and who counted. Numbers of two counters say nothing of each other: a controller that starts anew counts anew.
 */
export interface Mark {
  readonly counter: string;
  readonly count: number;
}

/** As `metadata.resourceVersion` has it. */
export function formatMark({ counter, count }: Mark): string {
  return `${counter}.${count}`;
}

export function parseMark(text: string): Mark | undefined {
  const [, counter, digits] = /^([0-9a-z-]{1,64})\.(0|[1-9]\d{0,14})$/.exec(text) ?? [];
  return counter === undefined ? undefined : { counter, count: Number(digits) };
}

/** Whether a stream that has come so far has told of all that happened up to `mark`. */
export function hasReached(stream: Mark | undefined, mark: Mark): boolean {
  return stream?.counter === mark.counter && stream.count >= mark.count;
}
