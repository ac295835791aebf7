import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { LabError } from "../../errors.ts";
import type { BenchRun } from "../bench-run.ts";
import { summarizeFigures } from "../figures.ts";
import type { ModesRun } from "../modes.ts";
import { modesData, modesPage } from "../modes-report.ts";
import { benchPage } from "../report-html.ts";
import { figuresBegin, figuresEnd, withFigures } from "../report-markdown.ts";
import { summarize } from "../summary.ts";

/** Writes `bench.json` and `bench.html`, and gives their paths. */
export function writeReport(run: BenchRun, folder: string): readonly string[] {
  return writeFiles(folder, {
    "bench.json": json({
      ...run,
      summary: summarize(run.samples),
      beside: summarizeFigures(run.figures),
    }),
    "bench.html": benchPage(run),
  });
}

/** Writes `modes.json` and `modes.html`, and gives their paths. */
export function writeModes(run: ModesRun, folder: string): readonly string[] {
  return writeFiles(folder, {
    "modes.json": json(modesData(run)),
    "modes.html": modesPage(run),
  });
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

function writeFiles(folder: string, files: Readonly<Record<string, string>>): readonly string[] {
  const at = resolve(folder);
  mkdirSync(at, { recursive: true });
  return Object.entries(files).map(([name, content]) => {
    const path = join(at, name);
    writeFileSync(path, content);
    return path;
  });
}

/** Puts the figures into a document that has a place for them, and gives its path. */
export function updateDocument(run: BenchRun, path: string): string {
  const at = requireDocument(path);
  writeFileSync(at, withFigures(readFileSync(at, "utf8"), run) ?? "");
  return at;
}

/** Throws if figures cannot be put there: best asked before anything is measured. */
export function requireDocument(path: string): string {
  const at = resolve(path);
  if (existsSync(at) && readFileSync(at, "utf8").includes(figuresBegin)) return at;
  throw new LabError({
    saw: `${at} has no place for figures`,
    wanted: `a document with the lines "${figuresBegin}" and "${figuresEnd}"`,
    remedy: "give --doc docs/performance.md",
  });
}
