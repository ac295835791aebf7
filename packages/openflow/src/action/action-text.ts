import { textError } from "../text.ts";

/** One action in text, taken apart: `word(argument)tail`, `word:argument` or `word`. */
export interface ActionText {
  readonly word: string;
  /** What is in parentheses or behind the colon; undefined if there is neither. */
  readonly argument: string | undefined;
  /** What follows the parentheses, without an arrow. */
  readonly tail: string;
  /** All of it. */
  readonly text: string;
}

export function splitAction(text: string): ActionText {
  const parts = /^([A-Za-z_][A-Za-z_0-9]*)\s*(.*)$/s.exec(text);
  const word = parts?.[1] ?? text;
  const rest = parts?.[2] ?? "";
  if (rest.startsWith("(")) {
    const end = closing(rest);
    const tail = rest.slice(end + 1).replace(/^\s*->\s*/, "");
    return { word, argument: rest.slice(1, end), tail, text };
  }
  if (/^[:=]/.test(rest)) return { word, argument: rest.slice(1), tail: "", text };
  return { word, argument: undefined, tail: rest, text };
}

/** The argument, or a sentence that one is missing. */
export function requireArgument({ word, argument }: ActionText): string {
  return argument ?? textError(`Expected an argument after "${word}"`);
}

/** Both sides of `source->destination`. */
export function splitArrow(text: string): readonly [source: string, destination: string] {
  const at = text.lastIndexOf("->");
  if (at < 0) textError(`Expected "source->destination", saw "${text}"`);
  return [text.slice(0, at).trim(), text.slice(at + 2).trim()];
}

function closing(text: string): number {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "(") depth++;
    if (text[i] === ")" && --depth === 0) return i;
  }
  return textError(`Expected a closing parenthesis in "${text}"`);
}
