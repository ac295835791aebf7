import assert from "node:assert/strict";
import { test } from "node:test";
import { fileTree, mergedLinks, unpackOrder, withoutPaths } from "./file-tree.ts";
import type { TarEntry } from "./tar-format.ts";

const entry = (path: string, more: Partial<TarEntry> = {}): TarEntry => ({
  path,
  kind: "file",
  mode: 0o644,
  uid: 0,
  gid: 0,
  mtime: 10,
  ...more,
});

test("fileTree() moves /bin and its like into /usr, with what links there", () => {
  const tree = fileTree([entry("bin/sh"), entry("lib/x", { kind: "hardlink", target: "bin/sh" })]);
  assert.deepEqual([...tree.keys()], ["usr/bin/sh", "usr/lib/x"]);
  assert.equal(tree.get("usr/lib/x")?.target, "usr/bin/sh");
});

test("fileTree() keeps the links that make the merged form where they are", () => {
  const links = Object.entries(mergedLinks).map(([path, target]) =>
    entry(path, { kind: "symlink", target }),
  );
  assert.deepEqual([...fileTree(links).keys()], Object.keys(mergedLinks));
});

test("fileTree() lets no link replace the file that it would point at", () => {
  const tree = fileTree([
    entry("bin/ip"),
    entry("usr/bin/ip", { kind: "symlink", target: "/bin/ip" }),
  ]);
  assert.equal(tree.get("usr/bin/ip")?.kind, "file");
});

test("withoutPaths() leaves out what a pattern matches from its start", () => {
  const kept = withoutPaths([entry("usr/share/man/x"), entry("usr/bin/man")], ["usr/share/man/"]);
  assert.deepEqual(
    kept.map((one) => one.path),
    ["usr/bin/man"],
  );
});

test("unpackOrder() puts folders before content, hard links last, and no time after the epoch", () => {
  const tree = fileTree([
    entry("b/c", { mtime: 99 }),
    entry("a", { kind: "hardlink", target: "b/c" }),
    entry("b", { kind: "folder" }),
  ]);
  const order = unpackOrder(tree, 50);
  assert.deepEqual(
    order.map((one) => one.path),
    ["b", "b/c", "a"],
  );
  assert.deepEqual(
    order.map((one) => one.mtime),
    [10, 50, 10],
  );
});
