import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, errorText, isAbort, type Logger } from "@antrea/base";
import { unixctl } from "@antrea/ovsdb/io";
import { controlSocket, type DaemonName, daemonNames, type Layout } from "../options.ts";

interface Options {
  readonly layout: Layout;
  readonly log: Logger;
  readonly clock: Clock;
  readonly stopTimeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Clears what an earlier run left in the run folder. A daemon that still answers on its control socket
 * (its supervisor was killed, or an earlier container has not ended) is asked to exit, the switch first;
 * pid files and sockets that nobody answers on are removed.
 */
export async function clearLeftovers(options: Options): Promise<void> {
  const { layout } = options;
  for (const daemon of [...daemonNames].reverse()) await endEarlier(daemon, options);
  for (const name of await readdir(layout.runDir)) {
    const isOurs = daemonNames.some(
      (d) => name === `${d}.pid` || (name.startsWith(`${d}.`) && name.endsWith(".ctl")),
    );
    if (isOurs || name === "db.sock") await rm(join(layout.runDir, name), { force: true });
  }
}

async function endEarlier(daemon: DaemonName, options: Options): Promise<void> {
  const { layout, log, clock, stopTimeoutMs, signal } = options;
  const pid = await readPid(join(layout.runDir, `${daemon}.pid`));
  if (pid === undefined) return;
  const control = unixctl(controlSocket(layout.runDir, daemon, pid));
  const deadline = clock.now() + stopTimeoutMs;
  let isAsked = false;
  while (true) {
    try {
      const wait = AbortSignal.any([signal, AbortSignal.timeout(stopTimeoutMs)]);
      await control.call(isAsked ? "version" : "exit", [], { signal: wait });
      if (!isAsked) log.warn("Asked a daemon of an earlier run to exit", { daemon, pid });
      isAsked = true;
    } catch (error) {
      signal.throwIfAborted();
      if (!isAbort(error))
        return log.debug("No daemon of an earlier run", { daemon, pid, err: errorText(error) });
    }
    if (clock.now() > deadline) return killEarlier(daemon, pid, log);
    await clock.sleep(20, { signal });
  }
}

/** The last resort, and only for a process that this namespace shows under the daemon's own name. */
async function killEarlier(daemon: DaemonName, pid: number, log: Logger): Promise<void> {
  const name = await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "");
  if (name.trim() !== daemon)
    throw new Error(
      `A ${daemon} of an earlier run (process ${pid}) does not exit and is out of reach`,
    );
  process.kill(pid, "SIGKILL");
  log.warn("Killed a daemon of an earlier run", { daemon, pid });
}

async function readPid(file: string): Promise<number | undefined> {
  const text = await readFile(file, "utf8").catch(() => "");
  return /^\d+\s*$/.test(text) ? Number(text) : undefined;
}
