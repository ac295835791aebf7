import type { Argv } from "../io/command.ts";

export interface TimedFiles {
  /** What the program gets on its standard input. */
  readonly input: string;
  /** Where hyperfine puts the time, as JSON. */
  readonly times: string;
}

/**
 * The command that runs a program once, from fork to exit, and writes how long it took. What the program
 * writes comes through, among words of hyperfine's own. hyperfine(1)
 * gives no standard input, so redirfd(1) of execline opens it and becomes the program.
 */
export function timedOnce(argv: Argv, { input, times }: TimedFiles): Argv {
  const timed = ["/usr/lib/execline/bin/redirfd", "-r", "0", input, ...argv].map(quoted).join(" ");
  const once = ["--shell=none", "--runs", "1", "--show-output"];
  return ["hyperfine", ...once, "--export-json", times, timed];
}

/** One word of the line that hyperfine takes to words again. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
