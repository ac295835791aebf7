import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAuthority } from "./egress.ts";

test("parseAuthority() reads host and port of either IP family, and nothing else", () => {
  assert.deepEqual(parseAuthority("10.244.1.2:8080"), { host: "10.244.1.2", port: 8080 });
  assert.deepEqual(parseAuthority("[fd00::2]:80"), { host: "fd00::2", port: 80 });
  for (const bad of ["", "10.244.1.2", "fd00::2:80", "host:0", "host:65536", "a@host:80", "/x:80"])
    assert.equal(parseAuthority(bad), undefined, bad);
});
