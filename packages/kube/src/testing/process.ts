import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";

/** A program that a test started, and will end. */
export interface TestProcess {
  readonly name: string;
  readonly pid: number;
  readonly isRunning: boolean;
  /** The last lines it wrote, for failures. */
  tail(): string;
  kill(signal?: NodeJS.Signals): void;
  /** Ends it politely, then by force, and resolves when it is gone. */
  stop(): Promise<void>;
}

const politeMs = 5_000;

export function startProcess(
  command: string,
  args: readonly string[],
  logFile: string,
): TestProcess {
  const fd = openSync(logFile, "a");
  const child: ChildProcess = spawn(command, [...args], { stdio: ["ignore", fd, fd] });
  closeSync(fd);
  const exited = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve()); // could not be started: tail() and isRunning tell
  });
  const killOnExit = (): void => void child.kill("SIGKILL");
  process.once("exit", killOnExit);
  void exited.then(() => process.removeListener("exit", killOnExit));
  const isRunning = (): boolean =>
    child.pid !== undefined && child.exitCode === null && child.signalCode === null;
  return {
    name: command,
    pid: child.pid ?? -1,
    get isRunning() {
      return isRunning();
    },
    tail: () => readFileSync(logFile, "utf8").split("\n").slice(-15).join("\n"),
    kill: (signal = "SIGKILL") => void child.kill(signal),
    async stop() {
      if (!isRunning()) return;
      child.kill("SIGTERM"); // nothing new where it was killed already
      const force = setTimeout(() => child.kill("SIGKILL"), politeMs);
      await exited;
      clearTimeout(force);
    },
  };
}

/** `count` different free ports of the loopback. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
