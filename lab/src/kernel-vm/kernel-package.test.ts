import assert from "node:assert/strict";
import { test } from "node:test";
import { kernelPackage } from "./kernel-package.ts";

test("kernelPackage() finds the kernel among what the empty package depends on", () => {
  const said = `linux-image-amd64
  Depends: linux-image-6.1.0-41-amd64
  Suggests: linux-headers-amd64
`;
  assert.equal(kernelPackage(said), "linux-image-6.1.0-41-amd64");
});

test("kernelPackage() is undefined for a release that has none", () => {
  assert.equal(kernelPackage("linux-image-amd64\n  Depends: <linux-image>\n"), undefined);
});
