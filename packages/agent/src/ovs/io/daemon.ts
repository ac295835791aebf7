import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { type Clock, errorText, type Logger, type Service, untilAborted } from "@antrea/base";
import { unixctl } from "@antrea/ovsdb/io";
import { controlSocket, type DaemonName } from "../options.ts";
import { type Ending, endingText, type RestartPolicy } from "../restart-policy.ts";

/** A daemon that is kept running. */
export interface SupervisedDaemon extends Service {
  /** Rejects when it has died too often, or could not be started again; never resolves. */
  readonly failed: Promise<never>;
  /** Of the process that runs now; undefined before the first start. */
  readonly pid: number | undefined;
  /** Ends it in order, for a reason that is told, and resolves when it does its work again. */
  restart(reason: string): Promise<void>;
  /** Runs a command on its control socket. */
  control(command: string, args: readonly string[], signal: AbortSignal): Promise<string>;
}

export interface DaemonOptions {
  readonly name: DaemonName;
  readonly args: readonly string[];
  readonly runDir: string;
  readonly log: Logger;
  readonly clock: Clock;
  readonly policy: RestartPolicy;
  readonly stopTimeoutMs: number;
  /** Done before each start. */
  readonly prepare?: (signal: AbortSignal) => Promise<void>;
  /** Resolves when the daemon that was just started does its work. */
  readonly ready: (control: SupervisedDaemon["control"], signal: AbortSignal) => Promise<void>;
}

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ending>;
}

export function supervisedDaemon(options: DaemonOptions): SupervisedDaemon {
  const { name, runDir, log, clock, policy, stopTimeoutMs, prepare, ready } = options;
  const stopping = new AbortController();
  const { promise: failed, reject: fail } = Promise.withResolvers<never>();
  failed.catch(() => {}); // whoever supervises awaits it
  let running: Running | undefined;
  let restart: PromiseWithResolvers<void> | undefined;
  let launching: Promise<Running> | undefined;
  let watching: Promise<void> = Promise.resolve();

  const launch = (signal: AbortSignal): Promise<Running> => {
    launching = start(signal);
    return launching;
  };

  async function start(signal: AbortSignal): Promise<Running> {
    await prepare?.(signal);
    signal.throwIfAborted();
    running = spawnDaemon(options);
    await readyOrEnded(running.ended, (wait) => ready(control, wait), { name, signal });
    return running;
  }

  function reportDeath(ending: Ending): void {
    const verdict = policy.died(ending, clock.now());
    if (verdict.kind === "give-up")
      throw new Error(`${name} cannot be kept running: ${verdict.reason}`);
    log.error("A daemon died, starting it again", { daemon: name, err: endingText(ending) });
  }

  async function watch(first: Running): Promise<void> {
    let current = first;
    while (true) {
      const ending = await current.ended;
      if (stopping.signal.aborted) return;
      if (!restart) reportDeath(ending);
      const startedAt = clock.now();
      current = await launch(stopping.signal);
      log.info("A daemon runs again", {
        daemon: name,
        durationMs: Math.round(clock.now() - startedAt),
      });
      restart?.resolve();
      restart = undefined;
    }
  }

  const control: SupervisedDaemon["control"] = (command, args, signal) => {
    const pid = running?.child.pid;
    if (pid === undefined) return Promise.reject(new Error(`${name} does not run`));
    return unixctl(controlSocket(runDir, name, pid), clock).call(command, args, { signal });
  };

  return {
    name,
    failed,
    get pid() {
      return running?.child.pid;
    },
    control,
    async start(signal) {
      const first = await launch(signal);
      log.info("Started a daemon", { daemon: name, pid: first.child.pid });
      watching = watch(first).catch((error: unknown) => {
        if (!stopping.signal.aborted) fail(error);
      });
    },
    async restart(reason) {
      const current = await launching; // one that only starts is not ended: that would be a death
      if (!current || stopping.signal.aborted) return;
      log.info("Starting a daemon anew", { daemon: name, reason });
      restart ??= Promise.withResolvers();
      const { promise } = restart;
      await endDaemon(current, control, { name, log, clock, stopTimeoutMs });
      await Promise.race([promise, failed, untilAborted(stopping.signal)]);
    },
    async stop() {
      stopping.abort();
      if (running) await endDaemon(running, control, { name, log, clock, stopTimeoutMs });
      await watching;
    },
  };
}

/** Waits for a daemon to be ready, but not for one that has ended. */
async function readyOrEnded(
  ended: Promise<Ending>,
  ready: (signal: AbortSignal) => Promise<void>,
  { name, signal }: { readonly name: DaemonName; readonly signal: AbortSignal },
): Promise<void> {
  const tooEarly = ended.then((ending) => {
    throw new Error(`${name} ${endingText(ending)}`);
  });
  tooEarly.catch(() => {}); // once it is ready, the watch sees the end
  const decided = new AbortController();
  try {
    await Promise.race([ready(AbortSignal.any([signal, decided.signal])), tooEarly]);
  } finally {
    decided.abort();
  }
}

function spawnDaemon({ name, args, runDir, log }: DaemonOptions): Running {
  const child = spawn(name, [...args], {
    env: { ...process.env, OVS_RUNDIR: runDir },
    stdio: ["ignore", "ignore", "pipe"],
    detached: true, // a Ctrl-C at the terminal is ours to pass on, in the right order
  });
  let lastWords = "";
  if (child.stderr)
    createInterface({ input: child.stderr }).on("line", (line) => {
      lastWords = line;
      log.warn("A daemon says", { daemon: name, line });
    });
  const ended = new Promise<Ending>((resolve) => {
    child.once("error", (error) =>
      resolve({ exitCode: null, signal: null, lastWords: errorText(error) }),
    );
    child.once("close", (exitCode, signal) => resolve({ exitCode, signal, lastWords }));
  });
  return { child, ended };
}

interface EndOptions {
  readonly name: DaemonName;
  readonly log: Logger;
  readonly clock: Clock;
  readonly stopTimeoutMs: number;
}

/** Asks, then terminates, then kills; the kernel datapath, if any, goes on forwarding what it knows. */
async function endDaemon(
  { child, ended }: Running,
  control: SupervisedDaemon["control"],
  { name, log, clock, stopTimeoutMs }: EndOptions,
): Promise<void> {
  const isOver = async (ms: number): Promise<boolean> => {
    const timer = new AbortController();
    const late = clock.sleep(ms, { signal: timer.signal }).then(
      () => false,
      () => true,
    );
    const result = await Promise.race([ended.then(() => true), late]);
    timer.abort();
    return result;
  };
  control("exit", [], AbortSignal.timeout(stopTimeoutMs)).catch(() => child.kill("SIGTERM"));
  if (await isOver(stopTimeoutMs)) return;
  log.warn("A daemon does not exit, terminating it", { daemon: name });
  child.kill("SIGTERM");
  if (await isOver(stopTimeoutMs / 2)) return;
  child.kill("SIGKILL");
  await ended;
}
