import type { Arg, Args } from "./arg.ts";
import { type Command, examplesOf, namesOf, type AnyProgram } from "./command.ts";
import { UsageError } from "./failure.ts";
import { type Option, optionsOf } from "./options.ts";
import { childrenOf, findCommand } from "./tree.ts";

/** The help text for a command, a group, or (no words) the program. */
export function formatHelp(program: AnyProgram, words: readonly string[]): string {
  const found = findCommand(program, words);
  if (found.kind === "unknown") throw new UsageError(found.sentence);
  return found.kind === "command"
    ? commandHelp(program, found.command)
    : groupHelp(program, found.words);
}

/** The line that shows how a command is typed, as in "antctl get nodes [NODE] [options]". */
export function usageLine(program: AnyProgram, command: Command): string {
  const positionals = Object.values((command.positionals ?? {}) as Args).map(positionalText);
  const options = optionsOf(program, command).length > 1 && !command.rest?.isVerbatim;
  const rest = command.rest && restText(command.rest);
  const parts = [program.name, command.name, ...positionals, options ? "[options]" : "", rest];
  return parts.filter((part) => part).join(" ");
}

function restText({ placeholder, isRequired, isVerbatim }: NonNullable<Command["rest"]>): string {
  const text = isVerbatim ? placeholder : `-- ${placeholder}`;
  return isRequired ? text : `[${text}]`;
}

export function positionalText(arg: Arg<unknown>): string {
  const name = `${arg.placeholder ?? "VALUE"}${arg.isRepeatable ? "…" : ""}`;
  return arg.isRequired ? name : `[${name}]`;
}

/** "-o, --output table|json|yaml". */
export function optionText({ name, arg }: Option): string {
  const short = arg.short ? `-${arg.short}, ` : "    ";
  const onByDefault = arg.placeholder === undefined && arg.defaultText !== undefined;
  return `${short}--${onByDefault ? "[no-]" : ""}${name}${arg.placeholder ? ` ${arg.placeholder}` : ""}`;
}

/** The help of an argument and what else there is to know: whether it must be given, repeats, defaults. */
export function argNotes(arg: Arg<unknown>): string {
  const notes = [
    arg.isRequired ? "required" : "",
    arg.isRepeatable ? "may be repeated" : "",
    arg.defaultText === undefined ? "" : `default: ${arg.defaultText}`,
  ].filter((note) => note !== "");
  return notes.length === 0 ? arg.help : `${arg.help} (${notes.join("; ")})`;
}

function commandHelp(program: AnyProgram, command: Command): string {
  const [, ...aliases] = namesOf(command);
  const options = optionsOf(program, command);
  const scoped = (wanted: boolean) =>
    options
      .filter((option) => (option.scope === "program") === wanted)
      .map((option): Pair => [optionText(option), argNotes(option.arg)]);
  const positionals = Object.values((command.positionals ?? {}) as Args).map(
    (arg): Pair => [positionalText(arg), argNotes(arg)],
  );
  const rest: Pair[] = command.rest ? [[restText(command.rest), command.rest.help]] : [];
  return sections([
    `${command.summary}.`,
    command.description,
    titled("Usage", [`  ${usageLine(program, command)}`]),
    aliases.length > 0 && titled("Aliases", [`  ${aliases.join(", ")}`]),
    titled(
      "Examples",
      examplesOf(command).map((example) => `  ${example}`),
    ),
    titled("Arguments", pairs([...positionals, ...rest])),
    titled("Options", pairs(scoped(false))),
    titled("Options of every command", pairs(scoped(true))),
  ]);
}

function groupHelp(program: AnyProgram, words: readonly string[]): string {
  const at = [program.name, ...words].join(" ");
  const isProgram = words.length === 0;
  const summary = isProgram ? program.summary : program.groups?.[words.join(" ")];
  const children = childrenOf(program, words).map(({ word, summary }): Pair => [word, summary]);
  const options = optionsOf(program)
    .filter(({ scope }) => isProgram || scope === "program")
    .map((option): Pair => [optionText(option), argNotes(option.arg)]);
  return sections([
    summary && `${summary}.`,
    isProgram && program.description,
    titled("Usage", [`  ${at} COMMAND [options]`]),
    titled("Commands", pairs(children)),
    titled(isProgram ? "Options" : "Options of every command", pairs(options)),
    `Run "${at} COMMAND --help" to see a command's options and examples.`,
  ]);
}

type Pair = readonly [string, string];

/** Two columns; the second starts on a line of its own below a first that is too wide. */
function pairs(list: readonly Pair[]): string[] {
  const width = Math.max(0, ...list.map(([left]) => left.length).filter((length) => length <= 38));
  return list.map(([left, right]) =>
    left.length > width
      ? `  ${left}\n  ${" ".repeat(width)}   ${right}`
      : `  ${left.padEnd(width)}   ${right}`,
  );
}

function titled(title: string, lines: readonly string[]): string | undefined {
  return lines.length === 0 ? undefined : [`${title}:`, ...lines].join("\n");
}

function sections(parts: readonly (string | undefined | false)[]): string {
  return `${parts.filter((part) => part).join("\n\n")}\n`;
}
