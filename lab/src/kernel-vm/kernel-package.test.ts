import assert from "node:assert/strict";
import { test } from "node:test";
import { dependencyOf } from "./kernel-package.ts";

test("dependencyOf() finds the kernel among what the empty package depends on", () => {
  const said = `linux-image-amd64
  Depends: linux-image-6.1.0-41-amd64
  Suggests: linux-headers-amd64
`;
  assert.equal(dependencyOf(said), "linux-image-6.1.0-41-amd64");
});

test("dependencyOf() finds the source in the same way", () => {
  assert.equal(dependencyOf("linux-source\n  Depends: linux-source-6.1\n"), "linux-source-6.1");
});

test("dependencyOf() is undefined for a release that has none", () => {
  assert.equal(dependencyOf("linux-image-amd64\n  Depends: <linux-image>\n"), undefined);
});
