/**
 * Runs several test files in one process: `node --test-reporter=… load-files.ts FILE…`. A file that
 * throws while it loads is a failed test; node's own way of sharing a process lets it pass unseen.
 */
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

const require = createRequire(import.meta.url);
const files = process.argv.slice(2).map((file) => resolve(file));
const waiting: string[] = [];

const fail = (file: string, error: unknown): void =>
  void test(`${file} loads`, () => {
    throw error;
  });

// All in one go, so that no test runs while another file is still being loaded …
for (const file of files) {
  try {
    require(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_REQUIRE_ASYNC_MODULE") waiting.push(file);
    else fail(file, error);
  }
}
// … but for those with an `await` at the top, which cannot be.
for (const file of waiting)
  await import(pathToFileURL(file).href).catch((error: unknown) => fail(file, error));
