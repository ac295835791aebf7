import assert from "node:assert/strict";
import { test } from "node:test";
import { ip, mac } from "@antrea/pipeline/testing";
import fc from "fast-check";
import { encodeProbe, hex, nonceOf, smallProbeBytes } from "./probe-frame.ts";

const ends = {
  ipv4: { source: ip("10.244.1.1"), destination: ip("10.244.2.1") },
  ipv6: { source: ip("fd00:10:244:1::1"), destination: ip("fd00:10:244:2::1") },
};
const macs = {
  sourceMac: mac("0e:00:00:00:01:0b"),
  destinationMac: mac("0e:00:00:00:01:0c"),
};

test("encodeProbe() makes packets of the size asked for, whose nonce nonceOf() reads again", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("ipv4" as const, "ipv6" as const),
      fc.integer({ min: smallProbeBytes, max: 9000 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      (family, packetBytes, nonce) => {
        const frame = encodeProbe({ ...macs, ...ends[family], packetBytes, nonce });
        assert.equal(frame.length, 14 + packetBytes);
        assert.equal(nonceOf(frame.subarray(0, 128)), hex(nonce));
        assert.equal(onesSum(frame, family), 0xffff);
      },
    ),
  );
});

test("nonceOf() reads nothing out of what is cut short, whatever it is", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const nonce = nonceOf(bytes);
      assert.ok(nonce === undefined || nonce.length === 32);
    }),
  );
  assert.equal(nonceOf(new Uint8Array()), undefined);
});

/** The sum of a UDP packet with its pseudo-header, which a right checksum makes all ones (RFC 768). */
function onesSum(frame: Uint8Array, family: keyof typeof ends): number {
  const header = family === "ipv4" ? 20 : 40;
  const addresses = family === "ipv4" ? frame.subarray(26, 34) : frame.subarray(22, 54);
  const udp = frame.subarray(14 + header);
  const words = [...wordsOf(addresses), 17, udp.length, ...wordsOf(udp)];
  let sum = words.reduce((total, word) => total + word, 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum;
}

function wordsOf(bytes: Uint8Array): number[] {
  const words: number[] = [];
  for (let i = 0; i < bytes.length; i += 2)
    words.push(((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0));
  return words;
}
