import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, silentLogger } from "@antrea/base";
import { systemClock } from "@antrea/base/io";
import { OvsdbError } from "../errors.ts";
import type { Wait } from "./client.ts";
import { openConnection } from "./connection.ts";

/** The control socket of an OVS daemon, which ovs-appctl(8) speaks to. */
export interface Unixctl {
  /**
   * Runs one command, as `call("ofproto/trace", ["br-int", "in_port=1"])`, and gives what it prints.
   * Throws `OvsdbError` "rpc-error" with the daemon's own sentence when the daemon refuses.
   */
  call(command: string, args: readonly string[], options: Wait): Promise<string>;
  /**
   * Runs commands in their order, up to ten of them in one go, and gives what each prints. One that
   * is refused does not stop those after it; its error is thrown at the end.
   */
  callAll(commands: readonly UnixctlCommand[], options: Wait): Promise<readonly string[]>;
}

export type UnixctlCommand = readonly [command: string, ...args: string[]];

/** A control socket by its path. Each call has a connection of its own, so a restarted daemon is no trouble. */
export function unixctl(path: string, clock: Clock = systemClock): Unixctl {
  return withCall(async (commands, { signal }) => {
    const connection = await openConnection({
      path,
      clock,
      log: silentLogger,
      probeMs: neverMs,
      signal,
      onNotification: () => {},
    });
    try {
      const replies = await Promise.allSettled(
        commands.map(([command, ...args]) =>
          connection.request(command, args, (r) => textOf(command, r), { signal }),
        ),
      );
      return replies.map(valueOf);
    } finally {
      connection.close("Done");
    }
  });
}

/** The control socket of the daemon that now runs in `runDir`: found by its pid file at each call. */
export function daemonControl(
  runDir: string,
  daemon: "ovs-vswitchd" | "ovsdb-server",
  clock: Clock = systemClock,
): Unixctl {
  return withCall(async (commands, options) => {
    const pid = (await readFile(join(runDir, `${daemon}.pid`), "utf8")).trim();
    return unixctl(join(runDir, `${daemon}.${pid}.ctl`), clock).callAll(commands, options);
  });
}

function withCall(callAll: Unixctl["callAll"]): Unixctl {
  return {
    callAll,
    async call(command, args, options) {
      const [printed = ""] = await callAll([[command, ...args]], options);
      return printed;
    },
  };
}

function valueOf<T>(result: PromiseSettledResult<T>): T {
  if (result.status === "rejected") throw result.reason;
  return result.value;
}

/** A daemon is silent while it runs a long command (a trace, a dump), so it is not probed. */
const neverMs = 2 ** 30;

function textOf(method: string, result: unknown): string {
  if (typeof result === "string") return result;
  throw new OvsdbError({ code: "bad-reply", method, reason: "no string" });
}
