import { spawn } from "node:child_process";
import { inNamespace, inNewNamespace } from "./namespace.ts";

export interface RunOptions {
  readonly input?: string;
  /** The program is born in that network namespace. */
  readonly netnsPath?: string | undefined;
  /** The program is born in a network namespace of its own. */
  readonly isAlone?: boolean;
  readonly signal?: AbortSignal | undefined;
}

export interface RunResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end and gives back what it printed, in the C locale. Never by a shell. */
export async function run(
  program: string,
  args: readonly string[],
  { input = "", netnsPath, isAlone = false, signal }: RunOptions = {},
): Promise<RunResult> {
  const start = () =>
    spawn(program, args, {
      stdio: "pipe",
      env: { PATH: process.env["PATH"], LC_ALL: "C" },
      ...(signal && { signal }),
    });
  const child = isAlone ? inNewNamespace(start) : inNamespace(netnsPath, start);
  child.stdin.on("error", () => {}); // a program that ends without reading shows in its exit code
  child.stdin.end(input);
  const [stdout, stderr, exitCode] = await Promise.all([
    collect(child.stdout),
    collect(child.stderr),
    new Promise<number | null>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", resolve);
    }),
  ]);
  return { exitCode, stdout, stderr };
}

async function collect(stream: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
