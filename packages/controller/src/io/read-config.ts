import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { type ControllerConfig, type ParsedConfig, parseControllerConfig } from "@antrea/api";

/** The configuration at `path`; where there is no such file, everything has its default. */
export async function readControllerConfig(path: string): Promise<ParsedConfig<ControllerConfig>> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw new Error(`Could not read the configuration ${path}`, { cause: error });
  });
  return parseControllerConfig(text, basename(path));
}
