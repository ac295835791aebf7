import { nearest } from "@antrea/base";
import { type Command, namesOf, type AnyProgram } from "./command.ts";
import { didYouMean } from "./failure.ts";

/** Where a line of words leads among the commands. */
export type Found =
  | { readonly kind: "command"; readonly command: Command; readonly wordCount: number }
  /** The words name a group, or are none at all: there is more to type. */
  | { readonly kind: "group"; readonly words: readonly string[] }
  | { readonly kind: "unknown"; readonly sentence: string };

/** Finds the command whose name is the longest beginning of `words`. */
export function findCommand(program: AnyProgram, words: readonly string[]): Found {
  for (let wordCount = words.length; wordCount > 0; wordCount--) {
    const name = words.slice(0, wordCount).join(" ");
    const command = program.commands.find((candidate) => namesOf(candidate).includes(name));
    if (command) return { kind: "command", command, wordCount };
  }
  const group = words.slice(0, deepestGroup(program, words));
  if (group.length === words.length) return { kind: "group", words: group };
  return { kind: "unknown", sentence: unknownSentence(program, group, words[group.length] ?? "") };
}

/** A command or group directly below the group `words`. */
export interface Child {
  readonly word: string;
  readonly summary: string;
  readonly command: Command | undefined;
}

/** What may be typed after `words`; aliases and hidden commands are left out. */
export function childrenOf(program: AnyProgram, words: readonly string[]): readonly Child[] {
  const children = new Map<string, Child>();
  for (const command of program.commands) {
    if (command.isHidden) continue;
    const name = command.name.split(" ");
    const word = name[words.length];
    if (word === undefined || !startsWith(name, words)) continue;
    const isCommand = name.length === words.length + 1;
    const group = program.groups?.[[...words, word].join(" ")];
    if (isCommand) children.set(word, { word, summary: command.summary, command });
    else if (!children.has(word)) {
      children.set(word, { word, summary: group ?? `Commands "${word} …"`, command: undefined });
    }
  }
  return [...children.values()];
}

/** How many of `words` name a group. */
function deepestGroup(program: AnyProgram, words: readonly string[]): number {
  let depth = 0;
  while (depth < words.length && isGroup(program, words.slice(0, depth + 1))) depth++;
  return depth;
}

function isGroup(program: AnyProgram, words: readonly string[]): boolean {
  return program.commands
    .flatMap(namesOf)
    .map((name) => name.split(" "))
    .some((name) => name.length > words.length && startsWith(name, words));
}

function startsWith(name: readonly string[], words: readonly string[]): boolean {
  return words.every((word, i) => name[i] === word);
}

function unknownSentence(program: AnyProgram, group: readonly string[], word: string): string {
  const at = [program.name, ...group].join(" ");
  const known = program.commands
    .flatMap(namesOf)
    .map((name) => name.split(" "))
    .filter((name) => startsWith(name, group) && name.length > group.length)
    .map((name) => name[group.length] ?? "");
  const meant = didYouMean(nearest(word, known));
  return `"${at}" has no command "${word}".${meant} Run "${at} --help" to see all commands.`;
}
