import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type LabHost, patience } from "@antrea/lab";

/** A program that sends datagrams out of a network namespace to whom nobody asked for them. */
export interface Attacker extends AsyncDisposable {
  /** From now on; gives how many datagrams were sent so far. */
  aim(addresses: readonly string[]): Promise<number>;
  /** Datagrams that the namespace's own stack got, by anybody. */
  received(): number;
}

const program = fileURLToPath(new URL("attack-main.ts", import.meta.url));

export interface AttackOptions {
  /** Whose file the network namespace is; this machine's if left out. */
  readonly node?: LabHost;
  /** Datagrams in each millisecond, to each address: as many times fewer as the machine is slower. */
  readonly perMs?: number;
}

/** In the network namespace of a file. Ready to send when it resolves. */
export async function startAttacker(
  netns: string,
  { node, perMs = 5 }: AttackOptions = {},
): Promise<Attacker> {
  const run = [process.execPath, program, String(perMs), String(patience())];
  const inside = ["nsenter", `--net=${netns}`, "--", ...run] as const;
  const [command, ...args] = node?.argv(inside) ?? inside;
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const aim = async (addresses: readonly string[]): Promise<number> => {
    child.stdin.write(`${JSON.stringify(addresses)}\n`);
    const line = await lines.next();
    return line.done ? assert.fail("the attacker goes on") : Number(line.value);
  };
  await aim([]);
  return {
    aim,
    received: () => datagramsIn(readFileSync(`/proc/${child.pid}/net/snmp`, "utf8")),
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** Those with a socket and those without, of proc(5) `/proc/net/snmp`. */
export function datagramsIn(snmp: string): number {
  const [names = [], values = []] = snmp
    .split("\n")
    .filter((line) => line.startsWith("Udp:"))
    .map((line) => line.split(/\s+/));
  const valueOf = (name: string): number => Number(values[names.indexOf(name)] ?? Number.NaN);
  return valueOf("InDatagrams") + valueOf("NoPorts");
}
