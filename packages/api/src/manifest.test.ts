import assert from "node:assert/strict";
import { test } from "node:test";
import { readManifest } from "./manifest.ts";

test("readManifest() gives the objects of all documents, and those of Lists one by one", () => {
  const text = "kind: A\n---\n# nothing\n---\nkind: List\nitems: [{kind: B}, {kind: C}]\n";
  assert.deepEqual(readManifest(text), {
    objects: [{ kind: "A" }, { kind: "B" }, { kind: "C" }],
    problems: [],
  });
  assert.deepEqual(readManifest(""), { objects: [], problems: [] });
});

test("readManifest() says which document is no YAML, and goes on with the others", () => {
  const { objects, problems } = readManifest("kind: A\n---\nkind: [\n---\nkind: B\n");
  assert.deepEqual(objects[0], { kind: "A" });
  assert.match(problems[0] ?? "", /^Document 2: /);
});

test("readManifest() is not made to multiply by aliases", () => {
  const level = (i: number): string =>
    `a${i}: &a${i} [${Array(10)
      .fill(`*a${i - 1}`)
      .join()}]\n`;
  const bomb = `a0: &a0 [1]\n${[1, 2, 3, 4, 5, 6, 7, 8].map(level).join("")}`;
  const { objects, problems } = readManifest(bomb);
  assert.deepEqual(objects, []);
  assert.match(problems[0] ?? "", /^Document 1: .*alias/i);
});
