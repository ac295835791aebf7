/** Why an object is not accepted: where in it, what was seen there ("is 7"), and what would be right ("must be …"). */
export interface Refusal {
  readonly at: string;
  readonly seen: string;
  readonly right: string;
}

export function refusal(at: string, seen: string, right: string): Refusal {
  return { at, seen, right };
}

/** One sentence, without a full stop. */
export function refusalText({ at, seen, right }: Refusal): string {
  return `${at} ${seen}, but ${right}`;
}

const mostQuoted = 80;

/** A value as the author wrote it, cut where it is long. */
export function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > mostQuoted ? `${text.slice(0, mostQuoted)}…` : text;
}

/** "a", "a and b", "a, b and c". */
export function wordList(words: readonly string[], last = "and"): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1)}`;
}

/** The members that an object has, by the names that a schema gives them. */
export function membersOf(object: object): readonly string[] {
  return Object.entries(object).flatMap(([name, value]) => (value === undefined ? [] : [name]));
}

/** Told of an object of which exactly one member is wanted. */
export function* notExactlyOne(
  object: object,
  choices: readonly string[],
  at: string,
): Generator<Refusal> {
  const members = membersOf(object).filter((name) => choices.includes(name));
  if (members.length === 1) return;
  const seen = members.length === 0 ? "has none of its members" : `has ${wordList(members)}`;
  yield refusal(at, seen, `must have exactly one of ${wordList(choices, "or")}`);
}
