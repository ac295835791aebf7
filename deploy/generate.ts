/** Writes the manifest and the Helm chart. With --check it only says what is stale. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { chartFiles } from "./src/helm.ts";
import { manifestText } from "./src/manifest.ts";

const files = new Map<string, string>([
  ["antrea.yml", manifestText()],
  ...[...chartFiles()].map(([path, text]) => [`helm/antrea/${path}`, text] as const),
]);

const stale = [...files].filter(([path, text]) => readText(path) !== text);
if (process.argv.includes("--check")) {
  for (const [path] of stale)
    process.stderr.write(`deploy/${path} is stale: run "make reference"\n`);
  process.exitCode = stale.length > 0 ? 1 : 0;
} else for (const [path, text] of stale) writeText(path, text);

function placeOf(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(placeOf(path), "utf8");
  } catch {
    return undefined;
  }
}

function writeText(path: string, text: string): void {
  mkdirSync(dirname(placeOf(path)), { recursive: true });
  writeFileSync(placeOf(path), text);
  process.stdout.write(`Wrote deploy/${path}\n`);
}
