import { AsyncLocalStorage } from "node:async_hooks";
import { spawn } from "node:child_process";

/** A program and its arguments; never a shell string. */
export type Argv = readonly [string, ...string[]];

export interface RunOptions {
  readonly input?: string | Uint8Array | undefined;
  readonly env?: Environment | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export type Environment = Readonly<Record<string, string>>;
const inherited = new AsyncLocalStorage<Environment>();

/** Everything that `body` runs, however deep below, gets these variables too. */
export function withEnvironment<T>(env: Environment, body: () => Promise<T>): Promise<T> {
  return inherited.run(env, body);
}

/** A program that ended with another code than 0, with what it said. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly argv: Argv;
  readonly outcome: Outcome;
  constructor(argv: Argv, outcome: Outcome) {
    const said = (outcome.stderr.trim() || outcome.stdout.trim()).slice(-2000);
    super(`${argv.join(" ")} ended with code ${outcome.exitCode}${said ? `: ${said}` : ""}`);
    this.argv = argv;
    this.outcome = outcome;
  }
}

/** Runs a program to its end and gives what it wrote on standard output; another exit code than 0 throws. */
export async function run(argv: Argv, options: RunOptions = {}): Promise<string> {
  const outcome = await attempt(argv, options);
  if (outcome.exitCode !== 0) throw new CommandError(argv, outcome);
  return outcome.stdout;
}

/** The same, with any exit code. */
export function attempt(argv: Argv, { input, env, signal }: RunOptions = {}): Promise<Outcome> {
  const [program, ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
      env: { ...process.env, ...inherited.getStore(), ...env },
      signal,
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout?.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr?.on("data", (chunk: Buffer) => stderr.push(chunk));
    child.on("error", reject);
    child.on("close", (code, killedBy) =>
      resolve({
        exitCode: code ?? 128 + (killedBy ? 1 : 0),
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
      }),
    );
    child.stdin?.on("error", () => {}); // the program may end before it has read everything
    if (input !== undefined) child.stdin?.end(input);
  });
}

/** Runs a program on this terminal and gives its exit code. */
export function runAttached(
  argv: Argv,
  env: Readonly<Record<string, string>> = {},
): Promise<number> {
  const [program, ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: "inherit", env: { ...process.env, ...env } });
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? 1));
  });
}
