/** A text that says no flow, group or meter: the sentence says what was expected and what was seen. */
export class FlowTextError extends Error {
  override readonly name = "FlowTextError";
}

export function textError(sentence: string): never {
  throw new FlowTextError(sentence);
}

/** Splits at commas (and, where `atSpaces`, at white space) outside of parentheses and quotes. */
export function splitTopLevel(text: string, { atSpaces = false } = {}): string[] {
  const parts: string[] = [];
  let depth = 0;
  let isQuoted = false;
  let start = 0;
  for (let i = 0; i <= text.length; i++) {
    const c = i === text.length ? "," : (text[i] as string);
    if (c === '"') isQuoted = !isQuoted;
    else if (isQuoted && i < text.length) continue;
    else if (c === "(" || c === "[") depth++;
    else if (c === ")" || c === "]") depth--;
    const isSplit = c === "," || (atSpaces && (c === " " || c === "\t" || c === "\n"));
    if (i < text.length && (!isSplit || depth !== 0)) continue;
    const part = text.slice(start, i).trim();
    if (part !== "") parts.push(part);
    start = i + 1;
  }
  return parts;
}

/** `key=value` or `key:value` or just `key`. */
export interface KeyValue {
  readonly key: string;
  readonly value: string | undefined;
}

export function keyValue(text: string): KeyValue {
  const parts = /^([^=:(\s]+)\s*(?:[=:]\s*(.*))?$/s.exec(text);
  if (parts) return { key: parts[1] ?? "", value: parts[2] };
  return { key: text, value: undefined };
}

/** A non-negative integer of at most `max`, or a sentence about `what`. */
export function requireNumber(text: string | undefined, what: string, max: number): number {
  const value = text !== undefined && /^(?:\d+|0x[0-9a-f]+)$/i.test(text) ? Number(text) : -1;
  if (value < 0 || value > max) textError(`Expected ${what} from 0 to ${max}, saw "${text ?? ""}"`);
  return value;
}
