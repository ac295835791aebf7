/** Checks the import table, and the import graph against its golden. `--write` writes the golden. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findProblems } from "./layers/check.ts";
import { importGraph } from "./layers/graph.ts";
import { readSources } from "./layers/imports.ts";
import { repository } from "./repository.ts";

const golden = join(repository, "docs/reference/import-graph.txt");
const sources = readSources();
const graph = importGraph(sources);
const problems = [...findProblems(sources)];

if (process.argv.includes("--write")) writeFileSync(golden, graph);
else if (!existsSync(golden) || readFileSync(golden, "utf8") !== graph)
  problems.push(
    `docs/reference/import-graph.txt is not what the sources say: if the new arrows are meant, run "make golden"`,
  );

for (const problem of problems) console.error(problem);
if (problems.length > 0) {
  console.error(`${problems.length} problems with layers`);
  process.exitCode = 1;
}
