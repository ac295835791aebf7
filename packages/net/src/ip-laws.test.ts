import assert from "node:assert/strict";
import { isIPv4, isIPv6 } from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import {
  familyOf,
  type Ipv4Address,
  ipFromBigInt,
  ipFromBytes,
  ipToBigInt,
  ipToBytes,
  ipv4FromNumber,
  ipv4ToNumber,
  parseIp,
  parseIpv4,
  parseIpv6,
} from "./ip.ts";

const anyV4 = fc.integer({ min: 0, max: 0xffffffff }).map((n) => ipv4FromNumber(n));
/** With many zero groups, so that runs of them are met. */
const groups = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff })), {
  minLength: 8,
  maxLength: 8,
});
const value128 = groups.map((g) => g.reduce((sum, group) => (sum << 16n) | BigInt(group), 0n));
const anyV6 = value128.map((n) => ipFromBigInt(n, "ipv6"));
const anyIp = fc.oneof(anyV4, anyV6);

/** The canonical form that the URL standard gives, which is RFC 5952's without dotted quads. */
const canonical = (text: string): string => new URL(`http://[${text}]`).hostname.slice(1, -1);

test("parseIpv4() accepts strict dotted quads only", () => {
  for (const text of ["0.0.0.0", "10.0.0.1", "255.255.255.255"])
    assert.equal(parseIpv4(text), text);
  const bad = [
    "",
    "1.2.3",
    "1.2.3.4.5",
    "256.0.0.1",
    "010.0.0.1",
    "1.2.3.4 ",
    " 1.2.3.4",
    "1.2.3.-4",
    "0x1.2.3.4",
    "1..2.3",
    "1.2.3.4/24",
    "１.2.3.4",
  ];
  for (const text of bad) assert.equal(parseIpv4(text), undefined, text);
});

test("parseIpv4() and parseIpv6() accept what the platform accepts, zones apart", () => {
  const text = fc.oneof(
    anyIp,
    fc.stringMatching(/^[0-9a-f.:]{0,20}$/),
    fc.stringMatching(/^([0-9a-fA-F]{0,4}:){1,8}[0-9a-f]{0,4}(\.[0-9]{1,3}){0,3}$/),
    fc
      .array(fc.integer({ min: 0, max: 300 }), { minLength: 3, maxLength: 5 })
      .map((p) => p.join(".")),
  );
  fc.assert(
    fc.property(text, (candidate) => {
      assert.equal(parseIpv4(candidate) !== undefined, isIPv4(candidate), candidate);
      assert.equal(parseIpv6(candidate) !== undefined, isIPv6(candidate), candidate);
    }),
    { numRuns: 2_000 },
  );
});

test("parseIpv6() gives the form of RFC 5952", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["2001:DB8::1", "2001:db8::1"],
    ["2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"], // one zero group is not shortened
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"], // the first of two equal runs
    ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"], // the longest run
    ["::", "::"],
    ["0:0:0:0:0:0:0:0", "::"],
    ["::1", "::1"],
    ["1::", "1::"],
    ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"],
    ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
    ["::ffff:10.0.0.1", "::ffff:a00:1"],
  ];
  for (const [text, wanted] of cases) assert.equal(parseIpv6(text), wanted, text);
});

test("parseIpv6() refuses what is no address", () => {
  const bad = [
    "",
    ":",
    ":::",
    "1:2:3",
    "1::2::3",
    "12345::",
    "g::",
    "1:2:3:4:5:6:7:8:9",
    "::1.2.3",
    "::1.2.3.4:5",
    "1.2.3.4::",
    "fe80::1%eth0",
    "1:2:3:4:5:6:7:8::",
    ":1::",
    "[::1]",
  ];
  for (const text of bad) assert.equal(parseIpv6(text), undefined, text);
});

test("ipFromBigInt() prints each IPv6 address as the URL standard does, and parseIp() reads it back", () => {
  fc.assert(
    fc.property(value128, (value) => {
      const address = ipFromBigInt(value, "ipv6");
      const spelled = value
        .toString(16)
        .padStart(32, "0")
        .replace(/(.{4})(?!$)/g, "$1:");
      assert.equal(address, canonical(spelled));
      assert.equal(parseIp(spelled.toUpperCase()), address);
      assert.equal(ipToBigInt(address), value);
    }),
  );
});

test("an address becomes a number, bytes and text, and the same address of each", () => {
  fc.assert(
    fc.property(anyIp, (address) => {
      assert.equal(ipFromBigInt(ipToBigInt(address), familyOf(address)), address);
      assert.equal(ipFromBytes(ipToBytes(address)), address);
      assert.equal(parseIp(address), address);
    }),
  );
});

test("ipv4ToNumber() is unsigned and the inverse of ipv4FromNumber()", () => {
  assert.equal(ipv4ToNumber("255.255.255.255" as Ipv4Address), 0xffffffff);
  assert.equal(ipv4FromNumber(0x80000000), "128.0.0.0");
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffffffff }), (n) =>
      assert.equal(ipv4ToNumber(ipv4FromNumber(n)), n),
    ),
  );
});

test("ipToBytes() gives network order", () => {
  assert.deepEqual(ipToBytes("10.1.2.3" as Ipv4Address), Uint8Array.of(10, 1, 2, 3));
  const v6 = parseIpv6("2001:db8::ff");
  assert.deepEqual(
    v6 && [...ipToBytes(v6)],
    [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff],
  );
});
