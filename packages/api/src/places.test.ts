import assert from "node:assert/strict";
import { test } from "node:test";
import { isPlace, type Place, places } from "./places.ts";

test("isPlace() takes a star for any characters of one name", () => {
  const place = (path: string) => ({ path }) as Place;
  assert.ok(isPlace(place("/a/b"), "/a/b"));
  assert.ok(!isPlace(place("/a/b"), "/a/bc"));
  for (const path of ["/a/x.9.ctl", "/a/x..ctl"]) assert.ok(isPlace(place("/a/x.*.ctl"), path));
  for (const path of ["/a/x.9/1.ctl", "/a/x.ctl", "/a/y.9.ctl"])
    assert.ok(!isPlace(place("/a/x.*.ctl"), path));
  assert.ok(isPlace(place("/a/b*"), "/a/b.1") && isPlace(place("/a/b*"), "/a/b"));
});

test("places lets nobody but root write, and nobody at all run what is no program", () => {
  for (const { path, mode, kind } of places) {
    assert.equal(mode & 0o022, 0, path);
    if (kind === "file" && !path.startsWith("/opt/cni/bin/")) assert.equal(mode & 0o111, 0, path);
  }
});
