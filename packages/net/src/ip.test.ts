import assert from "node:assert/strict";
import { test } from "node:test";
import { type IpAddress, isLinkLocal, parseIp } from "./ip.ts";

test("isLinkLocal() is true of exactly 169.254.0.0/16 and fe80::/10", () => {
  const inside = ["169.254.0.0", "169.254.255.255", "fe80::1", "febf:ffff::"];
  const outside = ["169.253.255.255", "169.255.0.0", "10.0.0.1", "fe7f::1", "fec0::1", "::1"];

  assert.deepEqual(inside.map(parseIp).filter(isOutside), []);
  assert.deepEqual(outside.map(parseIp).filter(isOutside), outside);
});

function isOutside(address: IpAddress | undefined): boolean {
  return address !== undefined && !isLinkLocal(address);
}
