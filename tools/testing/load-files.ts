/**
 * Runs several test files in one process: `node --test-reporter=… load-files.ts FILE…`. A file that
 * throws while it loads is a failed test; node's own way of sharing a process lets it pass unseen.
 */
import { test } from "node:test";
import { pathToFileURL } from "node:url";

for (const file of process.argv.slice(2)) {
  try {
    await import(pathToFileURL(file).href);
  } catch (error) {
    void test(`${file} loads`, () => {
      throw error;
    });
  }
}
