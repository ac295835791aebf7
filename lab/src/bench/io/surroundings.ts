import { readFileSync } from "node:fs";
import { cpus, loadavg, release } from "node:os";
import { run } from "../../io/command.ts";
import type { Surroundings } from "../bench-run.ts";

/** What a reader must know of the machine to read the figures. */
export async function surroundings(loadBefore: number, signal: AbortSignal): Promise<Surroundings> {
  const version = await run(["ovs-vswitchd", "--version"], { signal });
  const memory = /MemTotal:\s+(\d+) kB/.exec(readFileSync("/proc/meminfo", "utf8"))?.[1];
  return {
    processors: cpus().length,
    processor: cpus()[0]?.model ?? "unknown",
    memoryBytes: Number(memory ?? 0) * 1024,
    kernel: release(),
    openVSwitch: /\d+\.\d+\.\d+/.exec(version)?.[0] ?? "unknown",
    loadBefore,
    loadAfter: loadavg()[0] ?? 0,
  };
}
