import { invariant } from "@antrea/base";
import type { Args, ValuesOf } from "./arg.ts";
import type { OutputFormat } from "./output.ts";
import type { ProgressOptions, Progress } from "./progress.ts";
import type { Streams } from "./streams.ts";

/** A column of a table: its title and how a row fills it. */
export interface Column<Row> {
  readonly title: string;
  /** Left out of a table in which no row fills it. */
  readonly isOptional?: true;
  cell(row: Row): string | number | bigint | boolean | undefined;
}

/** What follows the options of a command and belongs to another program, as in `exec NODE -- ip route`. */
export interface Rest {
  readonly placeholder: string;
  readonly help: string;
  readonly isRequired?: boolean;
  /** Everything behind the command's name is handed on unread, options too, as in `kubectl get pods -A`. */
  readonly isVerbatim?: boolean;
}

/** What `run` receives, beside what the program's own context adds. */
export interface Invocation<A extends Args, P extends Args> {
  readonly args: ValuesOf<A>;
  readonly positionals: ValuesOf<P>;
  readonly rest: readonly string[];
  readonly streams: Streams;
  readonly signal: AbortSignal;
  /** Remembers a sentence about what is waited for, without a full stop: told if the command's time runs out. */
  waitsFor(what: string): void;
  /** Says on standard error which step runs, for how long, and what remains. */
  progress(options: ProgressOptions): Progress;
}

/**
 * A command as data. The parser, help, completion, the reference page and the smoke test all read this;
 * `run` returns a result and never prints it.
 */
export interface CommandSpec<Context, A extends Args, P extends Args, Result, Row> {
  /** The words typed, as in "get flows". */
  readonly name: string;
  /** Other words for the same, as in "get of". */
  readonly aliases?: readonly string[];
  /** One line without a full stop. */
  readonly summary: string;
  /** Paragraphs for `--help`. */
  readonly description?: string;
  /** Whole command lines; at least one, since each is also run through the parser by the smoke test. */
  readonly example: string | readonly string[];
  readonly args?: A;
  readonly positionals?: P;
  readonly rest?: Rest;
  /** Not shown in help; for plumbing. */
  readonly isHidden?: boolean;
  run(invocation: Invocation<A, P> & Context): Result | Promise<Result>;
  /** Makes the result printable by `-o table|json|yaml`. JSON and YAML print it as it is. */
  readonly columns?: readonly Column<Row>[];
  /** What JSON and YAML print; the result itself where it is left out. */
  data?(result: Result): unknown;
  /** The rows of the table; where it is left out the result is the rows, or the only one. */
  rows?(result: Result): readonly Row[];
  /** The text form, in place of a table or, with `columns`, below it. Ends without a line break. */
  text?(result: Result): string;
  readonly defaultOutput?: OutputFormat;
  /** The exit code that a result means; 0 where it is left out. */
  exitCode?(result: Result): number;
}

/** A command whose types of arguments and result nobody needs to know any more. */
// oxlint-disable-next-line typescript/no-explicit-any -- a command both takes and gives its own types
export type Command<Context = unknown> = CommandSpec<Context, any, any, any, any>;

/** Checks and gives back a command for programs whose context is `Context`. */
export function commandsFor<Context>() {
  return function define<
    const A extends Args = Record<never, never>,
    const P extends Args = Record<never, never>,
    Result = void,
    Row = Result extends readonly (infer R)[] ? R : Result,
  >(spec: CommandSpec<Context, A, P, Result, Row>): Command<Context> {
    invariant(examplesOf(spec).length > 0, `command "${spec.name}" has an example`);
    checkShortLetters(spec);
    checkPositionals(spec);
    return spec;
  };
}

/** For programs without a context of their own. */
export const defineCommand = commandsFor<unknown>();

/** A program: its commands, what is common to them, and what its groups of commands are for. */
export interface Program<Context, G extends Args = Record<never, never>> {
  readonly name: string;
  readonly summary: string;
  readonly description?: string;
  /** Printed by `--version`. */
  readonly version?: string;
  /** Options that every command has and that may also stand before its name. */
  readonly globals?: G;
  /** One line for each first word, or words, that several commands share. */
  readonly groups?: Readonly<Record<string, string>>;
  readonly commands: readonly Command<Context>[];
}

export function defineProgram<Context, const G extends Args = Record<never, never>>(
  program: Program<Context, G>,
): Program<Context, G> {
  const names = program.commands.flatMap(namesOf);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  invariant(twice === undefined, `the command name "${twice}" is used once`);
  for (const command of program.commands) checkShortLetters(command, program.globals);
  return program;
}

// oxlint-disable-next-line typescript/no-explicit-any -- see Command
type AnySpec = CommandSpec<any, any, any, any, any>;

/** A program of whatever context and globals: for what only reads the list. */
// oxlint-disable-next-line typescript/no-explicit-any -- see Command
export type AnyProgram = Program<any, any>;

/** All names of a command, its own first. */
export function namesOf({ name, aliases = [] }: AnySpec): readonly string[] {
  return [name, ...aliases];
}

export function examplesOf({ example }: AnySpec): readonly string[] {
  return typeof example === "string" ? [example] : example;
}

/** Whether `-o` chooses how the result is printed. */
export function hasOutput(spec: AnySpec): boolean {
  return spec.columns !== undefined || spec.text !== undefined || spec.defaultOutput !== undefined;
}

/** "numPods" is typed as "--num-pods". */
export function optionName(key: string): string {
  return key.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`);
}

/** No two options that may stand on one command line have the same letter. */
function checkShortLetters(spec: AnySpec, globals: Args = {}): void {
  const args = Object.values({ ...globals, ...(spec.args as Args | undefined) });
  const letters = [
    ...args.flatMap(({ short }) => short ?? []),
    "h",
    ...(hasOutput(spec) ? ["o"] : []),
  ];
  const twice = letters.find((letter, i) => letters.indexOf(letter) !== i);
  invariant(twice === undefined, `the short letter -${twice} of "${spec.name}" is used once`);
}

function checkPositionals(spec: AnySpec): void {
  const positionals = Object.values((spec.positionals ?? {}) as Args);
  positionals.forEach((arg, i) => {
    const isLast = i === positionals.length - 1;
    const next = positionals[i + 1];
    invariant(isLast || !arg.isRepeatable, `only the last positional of "${spec.name}" repeats`);
    invariant(
      arg.isRequired || next === undefined || !next.isRequired,
      `a required positional of "${spec.name}" stands before every optional one`,
    );
  });
}
