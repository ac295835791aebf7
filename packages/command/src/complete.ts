import type { Arg, Args } from "./arg.ts";
import type { AnyProgram, Command } from "./command.ts";
import { allOptionsOf, type Option, optionsOf } from "./options.ts";
import { childrenOf, findCommand } from "./tree.ts";

/** A word that may stand where the cursor is, and what it means. */
export interface Candidate {
  readonly word: string;
  readonly summary: string;
}

/** What may complete the last of `words`, which are what stands after the program's name; the last may be "". */
export function complete(program: AnyProgram, words: readonly string[]): readonly Candidate[] {
  const before = words.slice(0, -1);
  const typed = words.at(-1) ?? "";
  if (before.includes("--")) return [];
  const scan = scanWords(program, before);
  if (scan.command?.rest?.isVerbatim) return [];
  if (scan.awaiting) return choicesOf(scan.awaiting.arg, typed);

  const options = scan.command ? optionsOf(program, scan.command) : optionsOf(program);
  const inline = /^--([^=]+)=(.*)$/s.exec(typed);
  if (inline) {
    const option = options.find(({ name }) => name === inline[1]);
    const found = option ? choicesOf(option.arg, inline[2] ?? "") : [];
    return found.map(({ word, summary }) => ({ word: `--${inline[1]}=${word}`, summary }));
  }
  if (typed.startsWith("-")) {
    return options
      .map(({ name, arg }) => ({ word: `--${name}`, summary: arg.help }))
      .filter(({ word }) => word.startsWith(typed));
  }
  return scan.command
    ? choicesOf(positionalAt(scan.command, scan.positionalCount), typed)
    : childrenOf(program, scan.words)
        .map(({ word, summary }) => ({ word, summary }))
        .filter(({ word }) => word.startsWith(typed));
}

interface Scan {
  readonly words: readonly string[];
  readonly command: Command | undefined;
  readonly positionalCount: number;
  /** The option whose value comes next. */
  readonly awaiting: Option | undefined;
}

function scanWords(program: AnyProgram, typed: readonly string[]): Scan {
  const plain: string[] = [];
  let awaiting: Option | undefined;
  for (const word of typed) {
    if (awaiting) awaiting = undefined;
    else if (word.startsWith("-")) awaiting = optionAwaiting(program, plain, word);
    else plain.push(word);
  }
  const found = findCommand(program, plain);
  const wordCount = found.kind === "command" ? found.wordCount : 0;
  return {
    words: plain,
    command: found.kind === "command" ? found.command : undefined,
    positionalCount: plain.length - wordCount,
    awaiting,
  };
}

function optionAwaiting(
  program: AnyProgram,
  plain: readonly string[],
  word: string,
): Option | undefined {
  const found = findCommand(program, plain);
  const options =
    found.kind === "command" ? optionsOf(program, found.command) : allOptionsOf(program);
  return options.find(
    ({ name, arg }) =>
      arg.placeholder !== undefined && (word === `--${name}` || word === `-${arg.short}`),
  );
}

function positionalAt(command: Command, index: number): Arg<unknown> | undefined {
  const all = Object.values((command.positionals ?? {}) as Args);
  const last = all.at(-1);
  return all[index] ?? (last?.isRepeatable ? last : undefined);
}

function choicesOf(arg: Arg<unknown> | undefined, typed: string): readonly Candidate[] {
  return (arg?.choices ?? [])
    .filter((choice) => choice.toLowerCase().startsWith(typed.toLowerCase()))
    .map((word) => ({ word, summary: arg?.help ?? "" }));
}
