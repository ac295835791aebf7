import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { TestNamespace } from "@antrea/linux/testing";

const main = fileURLToPath(new URL("./conversation-main.ts", import.meta.url));

/** A process in a namespace, that is spoken with in lines. */
export interface Speaker extends Disposable {
  say(line: string): void;
  /** The next line. */
  hear(): Promise<string>;
}

/** Answers on these ports, TCP and UDP of both families, once it has said so. */
export async function listener(ns: TestNamespace, ports: readonly number[]): Promise<Speaker> {
  const speaker = start(ns, ["listen", ...ports.map(String)]);
  await speaker.hear();
  return speaker;
}

/** A connection that stays: what is said comes back. */
export async function connectedTo(
  ns: TestNamespace,
  address: string,
  port: number,
): Promise<Speaker> {
  const speaker = start(ns, ["keep", address, String(port)]);
  await speaker.hear();
  return speaker;
}

/** "answered", "silence", or the error that the asking process gets. */
export async function ask(
  ns: TestNamespace,
  protocol: "tcp" | "udp",
  address: string,
  port: number,
): Promise<string> {
  using speaker = start(ns, ["ask", protocol, address, String(port)]);
  return await speaker.hear();
}

function start(ns: TestNamespace, args: readonly string[]): Speaker {
  const child: ChildProcess = spawn(
    "ip",
    ["netns", "exec", ns.name, process.execPath, main, ...args],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  const lines = createInterface(child.stdout ?? process.stdin)[Symbol.asyncIterator]();
  return {
    say: (line) => void child.stdin?.write(`${line}\n`),
    async hear() {
      const { value, done } = await lines.next();
      if (done) throw new Error(`${args.join(" ")} ended without a word`);
      return value;
    },
    [Symbol.dispose]: () => void child.kill("SIGKILL"),
  };
}
