import { fileURLToPath } from "node:url";
import { run } from "../../io/command.ts";
import type { FigureSample } from "../figures.ts";

/**
 * What a program of the folder bench/ measured. Each is a process of its own, so that its figures are
 * not those of a heap that five labs have filled, and has a network namespace of its own.
 */
export async function figuresOf(
  script: "openflow.ts" | "tables.ts",
  args: readonly string[],
  signal: AbortSignal,
): Promise<readonly FigureSample[]> {
  const path = fileURLToPath(new URL(`../../../../bench/${script}`, import.meta.url));
  const said = await run(["unshare", "--net", process.execPath, path, ...args, "--json"], {
    signal,
  });
  return JSON.parse(said) as readonly FigureSample[];
}
