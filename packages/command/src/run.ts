import { errorText, isAbort } from "@antrea/base";
import { oneOf, value } from "./arg.ts";
import type { Args, ValuesOf } from "./arg.ts";
import { type Command, commandsFor, type Program } from "./command.ts";
import { complete } from "./complete.ts";
import {
  completeCommandName,
  completionHowTo,
  completionScript,
  shells,
} from "./completion-scripts.ts";
import { CommandFailure, exitCodes } from "./failure.ts";
import { formatHelp } from "./help.ts";
import { formatResult } from "./output.ts";
import { parseCommandLine } from "./parse.ts";
import { progress } from "./progress.ts";
import type { Streams } from "./streams.ts";

export interface RunOptions<Context, G extends Args> {
  readonly program: Program<Context, G>;
  /** What stands after the program's name. */
  readonly argv: readonly string[];
  readonly streams: Streams;
  /** What the commands get beside their arguments; made only once the command line is understood. */
  context(given: {
    readonly globals: ValuesOf<G>;
    readonly streams: Streams;
    readonly signal: AbortSignal;
  }): Context | Promise<Context>;
  readonly signal?: AbortSignal;
  /** How long the command may take; for ever where it is left out. */
  timeoutMs?(globals: ValuesOf<G>): number;
}

/** Understands one command line, runs its command, prints the result, and gives the exit code. Never throws. */
export async function runCommandLine<Context, const G extends Args>(
  options: RunOptions<Context, G>,
): Promise<number> {
  const { streams } = options;
  const stop = options.signal ?? new AbortController().signal;
  const program = withBuiltIns(options.program);
  let limit: TimeLimit | undefined;
  let awaited: string | undefined;
  try {
    const parsed = parseCommandLine(program, options.argv);
    if (parsed.kind === "help") {
      streams.stdout.write(formatHelp(program, parsed.words));
      return exitCodes.ok.code;
    }
    if (parsed.kind === "version") {
      streams.stdout.write(`${program.name} ${program.version}\n`);
      return exitCodes.ok.code;
    }
    const { command, args, positionals, rest, output } = parsed;
    const globals = parsed.globals as ValuesOf<G>;
    const timeoutMs = options.timeoutMs?.(globals);
    if (timeoutMs !== undefined) limit = { ms: timeoutMs, signal: AbortSignal.timeout(timeoutMs) };
    const signal = limit ? AbortSignal.any([stop, limit.signal]) : stop;
    const context = await options.context({ globals, streams, signal });
    const result: unknown = await command.run({
      ...context,
      args,
      positionals,
      rest,
      streams,
      signal,
      waitsFor(what) {
        awaited = what;
      },
      progress: (wanted) => progress(wanted, { sink: streams.stderr, clock: streams.clock }),
    });
    streams.stdout.write(await formatResult(command, result, output));
    return command.exitCode?.(result) ?? exitCodes.ok.code;
  } catch (error) {
    if (stop.aborted && (isAbort(error) || error === stop.reason)) {
      streams.stderr.write(`${program.name}: stopped\n`);
      return exitCodes.interrupted.code;
    }
    const isLate = limit?.signal.aborted === true && comesOfAbort(error);
    const sentence = limit && isLate ? lateText(limit, awaited) : errorText(error);
    streams.stderr.write(`${program.name}: ${sentence}\n`);
    return error instanceof CommandFailure ? error.exitCode : exitCodes.failed.code;
  }
}

/** For how long a command may go on, in milliseconds, and what says that this is over. */
interface TimeLimit {
  readonly ms: number;
  readonly signal: AbortSignal;
}

function lateText({ ms }: TimeLimit, awaited: string | undefined): string {
  const what = awaited === undefined ? "" : `: ${awaited}`;
  return `Not done after ${ms / 1000} s${what}. Give it more time with --timeout.`;
}

function comesOfAbort(error: unknown): boolean {
  return isAbort(error) || (error instanceof Error && comesOfAbort(error.cause));
}

/** The program with `completion` and what completion asks, unless it has its own. */
export function withBuiltIns<Context, G extends Args>(
  program: Program<Context, G>,
): Program<Context, G> {
  if (program.commands.some(({ name }) => name === completeCommandName)) return program;
  const define = commandsFor<Context>();
  const completion = define({
    name: "completion",
    summary: "Print the script that makes a shell complete commands and options",
    description: completionHowTo(program.name),
    example: shells.map((shell) => `${program.name} completion ${shell}`),
    positionals: { shell: value("The shell", oneOf(shells), { required: true }) },
    run: ({ positionals, streams }) =>
      streams.stdout.write(completionScript(program.name, positionals.shell)),
  });
  const asked: Command<Context> = define({
    name: completeCommandName,
    summary: "List what may complete the last word",
    example: `${program.name} ${completeCommandName} -- get ""`,
    isHidden: true,
    rest: { placeholder: "WORD…", help: "what has been typed after the program's name" },
    run({ rest, streams }) {
      for (const { word, summary } of complete(whole, rest)) {
        streams.stdout.write(`${word}\t${summary}\n`);
      }
    },
  });
  const whole: Program<Context, G> = {
    ...program,
    commands: [...program.commands, completion, asked],
  };
  return whole;
}
