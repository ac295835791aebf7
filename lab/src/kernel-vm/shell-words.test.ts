import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { shellWords } from "./shell-words.ts";

test("shellWords() are read back by a shell as they were", () => {
  const words = [
    "plain",
    "",
    "two words",
    "it's",
    `"$HOME" \`id\` \\`,
    "line\nbreak",
    "*;&|<>#~",
    "é",
  ];
  const script = `for word in ${shellWords(words)}; do printf '%s\\0' "$word"; done`;
  const { stdout } = spawnSync("sh", ["-c", script]);
  assert.deepEqual(stdout.toString().split("\0").slice(0, -1), words);
});
