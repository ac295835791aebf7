import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { inNamespaces } from "../../io/enter.ts";
import type { Passage } from "../probe/verdicts.ts";
import type { Endpoint } from "./traffic.ts";

/** Two programs in two Pods that find out when new connections come through. */
export interface PolicyProbe extends AsyncDisposable {
  /**
   * Begins to probe, calls `change` once the passage is known to be otherwise, and gives how long it took
   * from the call to the first packet that fared as wanted, in milliseconds.
   */
  time(wanted: Passage, change: () => Promise<unknown>): Promise<number>;
}

const program = fileURLToPath(new URL("../probe/probe-main.ts", import.meta.url));
/** A change that takes longer has failed. */
const mostMs = 30_000;

export async function policyProbe(from: Endpoint, to: Endpoint): Promise<PolicyProbe> {
  const answering = start(to, ["echo"]);
  const probing = start(from, ["probe", to.address]);
  const lines = createInterface({ input: probing.stdout })[Symbol.asyncIterator]();
  const next = async (what: string): Promise<string> => {
    const late = AbortSignal.timeout(mostMs);
    const line = await Promise.race([
      lines.next(),
      once(late, "abort").then(() => {
        throw new Error(`${to.address} was not ${what} within ${mostMs / 1000} s`);
      }),
    ]);
    if (line.done) throw new Error("The probing program has ended");
    return line.value;
  };
  return {
    async time(wanted, change) {
      probing.stdin.write(`${wanted}\n`);
      await next(wanted === "blocked" ? "reached before the change" : "out of reach before it");
      const began = process.hrtime.bigint();
      const [at] = await Promise.all([next(wanted), change()]);
      return Number(BigInt(at) - began) / 1e6;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([answering, probing].map(end));
    },
  };
}

function start(place: Endpoint, args: readonly string[]) {
  const [command, ...rest] = inNamespaces(place, [process.execPath, program, ...args]);
  return spawn(command, rest, { stdio: ["pipe", "pipe", "inherit"] });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}
