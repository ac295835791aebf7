import { type Arg, type Args, oneOf, value } from "./arg.ts";
import { type Command, hasOutput, optionName, type AnyProgram } from "./command.ts";
import { outputFormats } from "./output.ts";

/** An option as it is typed, and where its value goes. */
export interface Option {
  /** With dashes between words and none before. */
  readonly name: string;
  readonly key: string;
  readonly arg: Arg<unknown>;
  readonly scope: "command" | "program" | "built-in";
}

/** Every option that may be typed for a command, its own first; the program's when there is no command. */
export function optionsOf(program: AnyProgram, command?: Command): readonly Option[] {
  const ofProgram = listed(program.globals as Args | undefined, "program");
  // What looks like an option behind its name is another program's; ours stand before it.
  if (command?.rest?.isVerbatim) return ofProgram;
  return [
    ...listed(command?.args as Args | undefined, "command"),
    ...(command && hasOutput(command) ? [outputOption(command)] : []),
    ...ofProgram,
    ...(program.version === undefined || command ? [] : [versionOption]),
    helpOption,
  ];
}

/** Every option of every command, for finding the command's words among them. */
export function allOptionsOf(program: AnyProgram): readonly Option[] {
  return [
    ...program.commands.flatMap((command) => optionsOf(program, command)),
    ...optionsOf(program),
  ];
}

function listed(args: Args | undefined, scope: Option["scope"]): Option[] {
  return Object.entries(args ?? {}).map(([key, arg]) => ({
    name: optionName(key),
    key,
    arg,
    scope,
  }));
}

function outputOption({ defaultOutput = "table" }: Command): Option {
  const arg = value("How to print the result", oneOf(outputFormats), {
    short: "o",
    default: defaultOutput,
  });
  return { name: "output", key: "output", arg, scope: "built-in" };
}

function switchOption(name: string, help: string, short?: string): Option {
  const arg: Arg<unknown> = {
    help,
    short,
    placeholder: undefined,
    isRepeatable: false,
    isRequired: false,
    defaultText: undefined,
    choices: [],
    wanted: "true or false",
    read: (typed) => ({ value: typed.at(-1) === "true" }),
  };
  return { name, key: name, arg, scope: "built-in" };
}

const helpOption = switchOption("help", "Show this help", "h");
const versionOption = switchOption("version", "Show the version");
