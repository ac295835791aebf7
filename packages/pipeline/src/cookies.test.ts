import assert from "node:assert/strict";
import { test } from "node:test";
import { cookieOf, isOwnCookie, nodeOwner } from "./cookies.ts";

test("isOwnCookie() knows what we made, also before a restart, and leaves the rest to its owners", () => {
  assert.ok(isOwnCookie(cookieOf("Default", nodeOwner)));
  assert.ok(isOwnCookie(cookieOf("PodConnectivity", "pod:shop/a-pod-that-is-gone")));

  for (const foreign of [
    0n,
    0xbeefn,
    0x77_00_0000_0001n,
    0xbeef_01_00_0000_0001n,
    (1n << 64n) - 1n,
  ])
    assert.ok(!isOwnCookie(foreign), foreign.toString(16));
});
