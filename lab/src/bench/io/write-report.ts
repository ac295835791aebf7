import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { BenchRun } from "../bench-run.ts";
import { benchPage } from "../report-html.ts";
import { summarize } from "../summary.ts";

/** Writes `bench.json` and `bench.html`, and gives their paths. */
export function writeReport(run: BenchRun, folder: string): readonly string[] {
  const at = resolve(folder);
  mkdirSync(at, { recursive: true });
  const files = {
    "bench.json": `${JSON.stringify({ ...run, summary: summarize(run.samples) }, undefined, 2)}\n`,
    "bench.html": benchPage(run),
  };
  return Object.entries(files).map(([name, content]) => {
    const path = join(at, name);
    writeFileSync(path, content);
    return path;
  });
}
