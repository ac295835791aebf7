import { spawn } from "node:child_process";
import { finished } from "node:stream/promises";

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Is told each line of standard output and standard error as it comes. */
  readonly log?: (line: string) => void;
  readonly input?: string | Uint8Array;
  readonly signal?: AbortSignal | undefined;
}

/** A program that ended otherwise than well; `tail` is the end of what it wrote to standard error. */
export class RunError extends Error {
  override readonly name = "RunError";
  readonly tail: string;
  constructor(command: string, args: readonly string[], how: string, tail: string) {
    super(`${[command, ...args].join(" ").slice(0, 200)}: ${how}${tail ? `\n${tail}` : ""}`);
    this.tail = tail;
  }
}

/** Runs a program with an argument array, never through a shell, and gives its standard output as bytes. */
export async function runBytes(
  command: string,
  args: readonly string[],
  { cwd, env, log, input, signal }: RunOptions = {},
): Promise<Buffer> {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    signal,
    stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout?.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr?.on("data", (chunk: Buffer) => err.push(chunk));
  for (const stream of [child.stdout, child.stderr]) if (log && stream) eachLine(stream, log);
  if (input !== undefined) child.stdin?.end(input);
  const ended = new Promise<string | undefined>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, killedBy) =>
      resolve(code === 0 ? undefined : killedBy ? `ended by ${killedBy}` : `exit status ${code}`),
    );
  });
  const how = await ended;
  if (how)
    throw new RunError(command, args, how, Buffer.concat(err).toString().trimEnd().slice(-2000));
  return Buffer.concat(out);
}

/** As `runBytes`, but as text. */
export async function runText(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  return (await runBytes(command, args, options)).toString();
}

function eachLine(stream: NodeJS.ReadableStream, log: (line: string) => void): void {
  let rest = "";
  stream.on("data", (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(log);
  });
  void finished(stream).then(
    () => rest && log(rest),
    () => {},
  );
}
