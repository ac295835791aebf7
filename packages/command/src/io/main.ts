import type { Args } from "../arg.ts";
import { type RunOptions, runCommandLine } from "../run.ts";
import { processStreams } from "./process-streams.ts";

/**
 * Runs the process's own command line and sets its exit code. SIGINT and SIGTERM abort the command's
 * signal; a second one ends the process at once.
 */
export async function runMain<Context, const G extends Args>(
  options: Pick<RunOptions<Context, G>, "program" | "context" | "timeoutMs"> & {
    readonly argv?: readonly string[];
  },
): Promise<void> {
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.once(name, () => stop.abort(new DOMException(`Got ${name}`, "AbortError")));
  }
  process.exitCode = await runCommandLine({
    argv: process.argv.slice(2),
    streams: processStreams(),
    signal: stop.signal,
    ...options,
  });
}
