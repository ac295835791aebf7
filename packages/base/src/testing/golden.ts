import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** Compares `text` with a checked-in file beside the test; with `GOLDEN=write` writes the file instead. */
export function expectGolden(file: URL, text: string): void {
  const path = fileURLToPath(file);
  if (process.env["GOLDEN"] === "write") {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return;
  }
  assert.ok(existsSync(path), `${path} does not exist: run "npm run golden" and review the diff`);
  assert.equal(
    text,
    readFileSync(path, "utf8"),
    `${path} differs: if the change is meant, run "npm run golden"`,
  );
}
