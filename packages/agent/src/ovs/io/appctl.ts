import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAppctl } from "../appctl-target.ts";

/**
 * Runs Open vSwitch's own ovs-appctl on a daemon of another Pod, and gives its exit code. That one finds
 * a daemon by who holds the lock of its pid file, which shows no process of another PID namespace; so it
 * is given the control socket that the file names.
 */
export async function appctl(
  args: readonly string[],
  { program, runDir }: { readonly program: string; readonly runDir: string },
): Promise<number> {
  const { target, rest } = parseAppctl(args);
  const child = spawn(program, ["--target", socketOf(target, runDir) ?? target, ...rest], {
    stdio: "inherit",
  });
  const [code] = (await once(child, "close")) as [number | null];
  return code ?? 1;
}

/** The control socket of a daemon that has one; undefined for paths, and for who does not run. */
function socketOf(target: string, runDir: string): string | undefined {
  const pidFile = join(runDir, `${target}.pid`);
  if (target.includes("/") || !existsSync(pidFile)) return undefined;
  const socket = join(runDir, `${target}.${readFileSync(pidFile, "utf8").trim()}.ctl`);
  return existsSync(socket) ? socket : undefined;
}
