/** Writes the printed pages of docs/reference. With --check it only says what is stale. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { referencePages } from "./reference/pages.ts";
import { repository } from "./repository.ts";

const folder = join(repository, "docs/reference");
const stale = [...referencePages()].filter(([name, text]) => readText(name) !== text);

if (process.argv.includes("--check")) {
  for (const [name] of stale)
    console.error(`docs/reference/${name} is stale: run "make reference" and read the diff`);
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of stale) {
    writeFileSync(join(folder, name), text);
    console.log(`Wrote docs/reference/${name}`);
  }
}

function readText(name: string): string | undefined {
  try {
    return readFileSync(join(folder, name), "utf8");
  } catch {
    return undefined;
  }
}
