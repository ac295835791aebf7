import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { cacheRoot } from "./cache.ts";

/**
 * Holds `name` for this process while `body` runs; another process that wants it waits. The lock
 * is the kernel's (flock(1) around a `cat` that echoes once it holds it), so it cannot outlive us.
 */
export async function withLock<T>(
  name: string,
  body: () => Promise<T>,
  { onWait = () => {}, signal }: { onWait?: () => void; signal?: AbortSignal | undefined } = {},
): Promise<T> {
  mkdirSync(cacheRoot(), { recursive: true });
  const file = join(cacheRoot(), `${name}.lock`);
  const holder = spawn("flock", [file, "cat"], { stdio: ["pipe", "pipe", "ignore"], signal });
  const held = once(holder.stdout, "data", signal ? { signal } : {});
  holder.stdin.on("error", () => {}); // it ended first: `held` never comes, `exit` does
  holder.stdin.write("\n");
  const ended = once(holder, "exit").then(() => {
    throw new Error(`flock ${file} ended before it held the lock`);
  });
  try {
    const slow = sleep(300, "slow" as const);
    if ((await Promise.race([held, ended, slow])) === "slow") {
      onWait();
      await Promise.race([held, ended]);
    }
    return await body();
  } finally {
    ended.catch(() => {});
    holder.stdin.end();
  }
}
