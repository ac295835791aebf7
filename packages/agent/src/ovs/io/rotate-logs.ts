import { rename, rm, stat } from "node:fs/promises";
import { type Clock, errorText, type Logger } from "@antrea/base";
import { planRotation } from "../log-rotation.ts";
import { type Layout, logFile } from "../options.ts";
import type { SupervisedDaemon } from "./daemon.ts";

interface Options {
  readonly daemons: readonly SupervisedDaemon[];
  readonly layout: Layout;
  readonly maxSizeBytes: number;
  readonly maxFiles: number;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Looks at the logs' sizes once a minute, until the signal aborts. */
export async function rotateLogs(options: Options, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await options.clock.sleep(60_000, { signal });
    for (const daemon of options.daemons) {
      try {
        await rotateIfFull(daemon, options, signal);
      } catch (error) {
        signal.throwIfAborted();
        options.log.warn("Could not put a log aside", {
          daemon: daemon.name,
          err: errorText(error),
        });
      }
    }
  }
}

/** Puts the log of one daemon aside if it is larger than allowed, and makes the daemon open a new one. */
export async function rotateIfFull(
  daemon: SupervisedDaemon,
  { layout, maxSizeBytes, maxFiles }: Options,
  signal: AbortSignal,
): Promise<boolean> {
  const file = logFile(layout, daemon.name as Parameters<typeof logFile>[1]);
  const size = await stat(file).then(
    (s) => s.size,
    () => 0,
  );
  if (size < maxSizeBytes) return false;
  const { remove, renames } = planRotation(file, maxFiles);
  if (remove) await rm(remove, { force: true });
  for (const [from, to] of renames) await rename(from, to).catch(ignoreMissing);
  await daemon.control("vlog/reopen", [], signal);
  return true;
}

/** Makes each daemon close its log and open it anew, for those who put logs aside themselves. */
export async function reopenLogs(
  daemons: readonly SupervisedDaemon[],
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  for (const daemon of daemons) {
    try {
      await daemon.control("vlog/reopen", [], signal);
    } catch (error) {
      log.warn("Could not reopen a log", { daemon: daemon.name, err: errorText(error) });
    }
  }
}

function ignoreMissing(error: unknown): void {
  if ((error as { readonly code?: unknown }).code !== "ENOENT") throw error;
}
