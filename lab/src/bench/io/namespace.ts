import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readlinkSync } from "node:fs";
import { labVariable } from "../../io/daemon.ts";
import type { Argv } from "../../io/command.ts";
import { waitFor } from "../../io/wait.ts";

/**
 * A network namespace that lives as long as one process of this benchmark: it needs no name, and
 * ends with all its links when the process does, however that comes.
 */
export interface HeldNamespace {
  /** The file that nsenter(1) is given. */
  readonly net: string;
  /** The process that holds it, as `ip link set … netns PID` wants it. */
  readonly pid: number;
}

export interface Children extends AsyncDisposable {
  /** Starts a program that runs until the benchmark ends, and carries the lab's id. */
  start(argv: Argv, options?: ChildOptions): ChildProcess & { readonly pid: number };
  namespace(): Promise<HeldNamespace>;
  end(child: ChildProcess): Promise<void>;
}

export interface ChildOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdout?: "pipe" | "ignore";
}

/** The programs that one benchmark keeps running; `labId` lets `down` find them after a crash. */
export function children(labId: string): Children {
  const running = new Set<ChildProcess>();
  const start: Children["start"] = ([program, ...args], { env, stdout = "ignore" } = {}) => {
    const child = spawn(program, args, {
      stdio: ["ignore", stdout, "ignore"],
      env: { ...process.env, ...env, [labVariable]: labId },
    });
    child.on("error", () => {}); // seen by those who wait for what it should do
    running.add(child);
    child.on("exit", () => running.delete(child));
    if (child.pid === undefined) throw new Error(`${program} could not be started`);
    return Object.assign(child, { pid: child.pid });
  };
  const end = async (child: ChildProcess) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  };
  return {
    start,
    end,
    async namespace() {
      const { pid } = start(["unshare", "--net", "--", "sleep", "infinity"]);
      const net = `/proc/${pid}/ns/net`;
      const own = readlinkSync("/proc/self/ns/net");
      await waitFor(() => (readlinkSync(net) === own ? undefined : true), {
        what: "a network namespace",
        timeoutMs: 10_000,
        everyMs: 5,
        remedy: "run the benchmark again",
      });
      return { net, pid };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...running].map(end));
    },
  };
}
