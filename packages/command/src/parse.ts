import { parseArgs } from "node:util";
import { nearest } from "@antrea/base";
import type { Arg, Args } from "./arg.ts";
import type { AnyProgram, Command } from "./command.ts";
import { didYouMean, UsageError } from "./failure.ts";
import { allOptionsOf, type Option, optionsOf } from "./options.ts";
import type { OutputFormat } from "./output.ts";
import { findCommand } from "./tree.ts";

/** What a command line asks for. */
export type Parsed =
  | { readonly kind: "help"; readonly words: readonly string[] }
  | { readonly kind: "version" }
  | {
      readonly kind: "run";
      readonly command: Command;
      readonly globals: Readonly<Record<string, unknown>>;
      readonly args: Readonly<Record<string, unknown>>;
      readonly positionals: Readonly<Record<string, unknown>>;
      readonly rest: readonly string[];
      readonly output: OutputFormat;
    };

/** Understands a command line wholly, or throws a `UsageError`; nothing has been done by then. */
export function parseCommandLine(program: AnyProgram, argv: readonly string[]): Parsed {
  const head = headOf(program, argv);
  const words = head.positionals.map((token) => token.value);
  if (words[0] === "help") return { kind: "help", words: words.slice(1) };

  const found = findCommand(program, words);
  switch (found.kind) {
    case "command":
      return parseForCommand(
        { program, command: found.command },
        argv,
        head.positionals.slice(0, found.wordCount),
      );
    case "unknown":
      throw new UsageError(found.sentence);
    case "group":
      return parseWithoutCommand(program, found.words, head.options);
  }
}

/** The command that is being read, for errors to name. */
interface Site {
  readonly program: AnyProgram;
  readonly command: Command;
}

interface PositionalToken {
  readonly index: number;
  readonly value: string;
}
interface OptionToken {
  readonly index: number;
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}
interface Tokens {
  readonly options: readonly OptionToken[];
  readonly positionals: readonly PositionalToken[];
}

/** The tokens of the part that this program reads itself: all up to `--`. */
function tokensOf(argv: readonly string[], options: readonly Option[]): Tokens {
  const end = argv.indexOf("--");
  const { tokens } = parseArgs({
    args: argv.slice(0, end < 0 ? argv.length : end),
    options: Object.fromEntries(options.map(parseArgsOption)),
    strict: false,
    allowPositionals: true,
    allowNegative: true,
    tokens: true,
  });
  return {
    options: tokens.filter((token) => token.kind === "option"),
    positionals: tokens.filter((token) => token.kind === "positional"),
  };
}

function parseArgsOption({ name, arg }: Option) {
  const type = arg.placeholder === undefined ? "boolean" : "string";
  return [name, { type, ...(arg.short ? { short: arg.short } : {}) }] as [
    string,
    { type: "boolean" | "string"; short?: string },
  ];
}

/** A first look, with the options of all commands, only to find the words of the command among them. */
function headOf(program: AnyProgram, argv: readonly string[]): Tokens {
  return tokensOf(argv, allOptionsOf(program));
}

function parseWithoutCommand(
  program: AnyProgram,
  words: readonly string[],
  options: readonly OptionToken[],
): Parsed {
  const at = [program.name, ...words].join(" ");
  const has = (name: string, short: string) =>
    options.some((o) => o.name === name || o.name === short);
  if (has("help", "h")) return { kind: "help", words };
  if (words.length === 0 && program.version !== undefined && has("version", "")) {
    return { kind: "version" };
  }
  const first = options[0];
  if (words.length === 0 && !first) return { kind: "help", words };
  const seen = words.length === 0 && first ? `stands before no command` : "is not complete";
  const subject = words.length === 0 && first ? first.rawName : `"${at}"`;
  throw new UsageError(`${subject} ${seen}. Run "${at} --help" to see what can follow.`);
}

function parseForCommand(
  site: Site,
  argv: readonly string[],
  words: readonly PositionalToken[],
): Parsed {
  const { program, command } = site;
  const options = optionsOf(program, command);
  const { own, rest } = splitRest(command, argv, words, options);
  const tokens = tokensOf(own, options);
  if (tokens.options.some((o) => o.name === "help")) {
    return { kind: "help", words: command.name.split(" ") };
  }
  const typed = typedOptions(site, options, tokens.options);
  const valueOf = (scope: Option["scope"]) =>
    Object.fromEntries(
      options
        .filter((option) => option.scope === scope)
        .map((o) => [o.key, readArg(site, `--${o.name}`, o.arg, typed.get(o) ?? [])]),
    );
  const positionals = tokens.positionals.map((token) => token.value);
  return {
    kind: "run",
    command,
    globals: valueOf("program"),
    args: valueOf("command"),
    positionals: readPositionals(site, positionals),
    rest: checkRest(site, rest),
    output: (valueOf("built-in")["output"] as OutputFormat | undefined) ?? "table",
  };
}

/** Takes the command's words out, and cuts off what belongs to another program. */
function splitRest(
  command: Command,
  argv: readonly string[],
  words: readonly PositionalToken[],
  options: readonly Option[],
): { readonly own: readonly string[]; readonly rest: readonly string[] | undefined } {
  const wordIndexes = new Set(words.map(({ index }) => index));
  const without = (from: number, to?: number) =>
    argv.slice(from, to).filter((_, i) => !wordIndexes.has(from + i));
  const dashes = argv.indexOf("--");
  if (!command.rest) {
    return dashes < 0
      ? { own: without(0), rest: undefined }
      : { own: without(0, dashes), rest: argv.slice(dashes + 1) };
  }
  const lastWord = words.at(-1)?.index ?? -1;
  if (command.rest.isVerbatim) {
    const first = lastWord + 1;
    return {
      own: without(0, lastWord),
      rest: argv.slice(argv[first] === "--" ? first + 1 : first),
    };
  }

  const wanted = Object.keys((command.positionals ?? {}) as Args).length;
  const own = tokensOf(argv, options).positionals.filter(({ index }) => !wordIndexes.has(index));
  const start = own[wanted]?.index ?? (dashes < 0 ? argv.length : dashes);
  return { own: without(0, start), rest: argv.slice(argv[start] === "--" ? start + 1 : start) };
}

/** Groups the texts typed by option, and refuses what no option of the command is. */
function typedOptions(
  site: Site,
  options: readonly Option[],
  tokens: readonly OptionToken[],
): ReadonlyMap<Option, readonly string[]> {
  const typed = new Map<Option, string[]>();
  for (const token of tokens) {
    const option = options.find(({ name }) => name === token.name);
    if (!option) throw unknownOption(site, options, token);
    typed.set(option, [...(typed.get(option) ?? []), textOf(site, option, token)]);
  }
  return typed;
}

function textOf(site: Site, option: Option, token: OptionToken): string {
  const { value, inlineValue } = token;
  if (option.arg.placeholder === undefined) {
    return value ?? (token.rawName.startsWith("--no-") ? "false" : "true");
  }
  const isNextOption = value !== undefined && !inlineValue && /^-[^\d]/.test(value);
  if (value === undefined || isNextOption) {
    const saw = isNextOption ? `, but "${value}" follows` : "";
    throw new UsageError(
      `${token.rawName} needs a value${saw}. It must be ${option.arg.wanted}, as in ` +
        `"${token.rawName}${token.rawName.startsWith("--") ? "=" : " "}${option.arg.placeholder}". ${seeHelp(site)}`,
    );
  }
  return value;
}

function unknownOption(
  site: Site,
  options: readonly Option[],
  { rawName, name }: OptionToken,
): UsageError {
  const meant = rawName.startsWith("--")
    ? nearest(
        name,
        options.map((o) => o.name),
      )
    : undefined;
  return new UsageError(
    `${called(site)} has no option ${rawName}.` +
      `${didYouMean(meant && `--${meant}`)} ${seeHelp(site)}`,
  );
}

function readArg(site: Site, name: string, arg: Arg<unknown>, typed: readonly string[]): unknown {
  if (arg.isRequired && typed.length === 0) {
    throw new UsageError(`${name} is missing. It must be ${arg.wanted}. ${seeHelp(site)}`);
  }
  const reading = arg.read(typed);
  if ("value" in reading) return reading.value;
  const meant = didYouMean(nearest(reading.refused, arg.choices));
  throw new UsageError(
    `${name} is "${reading.refused}", but must be ${arg.wanted}.${meant} ${seeHelp(site)}`,
  );
}

function readPositionals(site: Site, typed: readonly string[]): Readonly<Record<string, unknown>> {
  const values: Record<string, unknown> = {};
  let at = 0;
  for (const [key, arg] of Object.entries((site.command.positionals ?? {}) as Args)) {
    const mine = arg.isRepeatable ? typed.slice(at) : typed.slice(at, at + 1);
    at += mine.length;
    values[key] = readArg(site, arg.placeholder ?? key, arg, mine);
  }
  const extra = typed[at];
  if (extra !== undefined) {
    throw new UsageError(`${called(site)} does not expect "${extra}". ${seeHelp(site)}`);
  }
  return values;
}

function checkRest(site: Site, rest: readonly string[] | undefined): readonly string[] {
  const { command } = site;
  if (rest && !command.rest) {
    throw new UsageError(
      `${called(site)} takes nothing after "--", but "${rest.join(" ")}" stands there. ${seeHelp(site)}`,
    );
  }
  if (command.rest?.isRequired && (rest ?? []).length === 0) {
    throw new UsageError(
      `${called(site)} needs ${command.rest.placeholder} at its end: ${command.rest.help}. ${seeHelp(site)}`,
    );
  }
  return rest ?? [];
}

function called({ program, command }: Site): string {
  return `"${program.name} ${command.name}"`;
}

function seeHelp({ program, command }: Site): string {
  return `Run "${program.name} ${command.name} --help" to see examples.`;
}
