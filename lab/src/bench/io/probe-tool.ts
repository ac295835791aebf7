import { existsSync, mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Lab } from "../../io/lab.ts";
import { type Argv, run } from "../../io/command.ts";

const source = fileURLToPath(new URL("../probe.c", import.meta.url));

/** Port that the measuring tool's server listens on, inside namespaces only. */
export const probePort = 7070;

/** Folder of one lab's benchmark; `down` removes it with the lab. */
export function benchFolder(lab: Lab): string {
  const folder = `${lab.plan.stateFolder}/bench`;
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Compiles the measuring tool and gives its path. */
export async function buildProbe(folder: string, signal: AbortSignal): Promise<string> {
  const target = `${folder}/probe`;
  const argv: Argv = ["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", target, source];
  if (!existsSync(target)) await run(argv, { signal });
  return target;
}
