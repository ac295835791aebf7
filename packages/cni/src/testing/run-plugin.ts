import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";

/** What one run of a program did. */
export interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a plugin as a container runtime does: environment, standard input, standard output, exit code. */
export async function runPluginFile(
  command: readonly string[],
  env: Readonly<Record<string, string>>,
  stdin: string | Uint8Array,
): Promise<Run> {
  const [file = "", ...args] = command;
  const child = spawn(file, args, { env: { ...env }, stdio: "pipe" });
  child.stdin.on("error", () => {}); // it may end before it has read all
  child.stdin.end(stdin);
  const [out, err] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  return { code: child.exitCode, out, err };
}
