import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { ConformanceRun } from "../conformance-run.ts";
import { formatJunit } from "../junit.ts";
import { conformancePage } from "../page.ts";

/** Writes `junit.xml` and `conformance.md`, and gives their paths. */
export function writeConformance(run: ConformanceRun, folder: string): readonly string[] {
  const at = resolve(folder);
  mkdirSync(at, { recursive: true });
  const junit = join(at, "junit.xml");
  writeFileSync(junit, formatJunit(run));
  return [junit, writePage(run, join(at, "conformance.md"), "")];
}

/** Puts the run into a page that keeps the last run of every setup, and gives its path. */
export function updatePage(run: ConformanceRun, path: string): string {
  const at = resolve(path);
  return writePage(run, at, existsSync(at) ? readFileSync(at, "utf8") : "");
}

function writePage(run: ConformanceRun, path: string, earlier: string): string {
  writeFileSync(path, conformancePage(run, earlier));
  return path;
}
