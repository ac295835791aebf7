import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { linkLocalOf, macFromBytes, macToBytes, parseMac, randomMac } from "./mac.ts";

const sixBytes = fc.uint8Array({ minLength: 6, maxLength: 6 });

test("parseMac() gives the one canonical form of every usual spelling", () => {
  for (const text of ["AA:bb:CC:00:01:02", "aa-bb-cc-00-01-02", "aa:bb:cc:00:01:02"])
    assert.equal(parseMac(text), "aa:bb:cc:00:01:02");
});

test("parseMac() refuses what is no Ethernet address", () => {
  for (const text of [
    "",
    "aa:bb:cc:00:01",
    "aa:bb:cc:00:01:02:03",
    "aabbcc000102",
    "aa:bb:cc:0:1:2",
    "gg:bb:cc:00:01:02",
    " aa:bb:cc:00:01:02",
  ])
    assert.equal(parseMac(text), undefined, text);
});

test("macFromBytes() and macToBytes() are each other's inverse, and parseMac() reads what they write", () => {
  fc.assert(
    fc.property(sixBytes, (bytes) => {
      const mac = macFromBytes(bytes);
      assert.deepEqual(macToBytes(mac), bytes);
      assert.equal(parseMac(mac.toUpperCase()), mac);
    }),
  );
});

test("randomMac() is locally administered and unicast, and keeps the rest of its chance", () => {
  fc.assert(
    fc.property(sixBytes, (bytes) => {
      const made = macToBytes(randomMac(bytes));
      assert.equal((made[0] ?? 0) & 0b11, 0b10);
      assert.deepEqual(made.subarray(1), bytes.subarray(1));
      assert.equal((made[0] ?? 0) >> 2, (bytes[0] ?? 0) >> 2);
    }),
  );
});

test("linkLocalOf() is the address that Linux gives a link by itself", () => {
  const mac = parseMac("4a:01:6b:85:d0:88");
  assert.equal(mac && linkLocalOf(mac), "fe80::4801:6bff:fe85:d088");
});
