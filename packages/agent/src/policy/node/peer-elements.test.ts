import assert from "node:assert/strict";
import { test } from "node:test";
import { cidrContains, type IpAddress, ipToBigInt, parseCidr } from "@antrea/net";
import fc from "fast-check";
import { block } from "../../testing/policies.ts";
import { peerElements } from "./peer-elements.ts";

const addresses = (...all: string[]) => all as IpAddress[];

test("peerElements() names members one by one, and of blocks what they come to", () => {
  const members = { addresses: addresses("10.0.0.1", "10.0.0.2", "fd00::1"), ipBlocks: [] };
  assert.deepEqual(peerElements(members, "ipv4"), {
    isInterval: false,
    elements: ["10.0.0.1", "10.0.0.2"],
  });
  const both = { ...members, ipBlocks: [block("10.0.0.0/29", "10.0.0.0/30")] };
  assert.deepEqual(peerElements(both, "ipv4"), {
    isInterval: true,
    elements: ["10.0.0.1-10.0.0.2", "10.0.0.4/30"],
  });
  assert.deepEqual(peerElements(both, "ipv6"), { isInterval: false, elements: ["fd00::1"] });
});

test("peerElements() tells all and nobody from some", () => {
  const peer = { addresses: [], ipBlocks: [block("::/1"), block("8000::/1")] };
  assert.equal(peerElements(peer, "ipv6"), "all");
  assert.equal(peerElements(peer, "ipv4"), undefined);
  const none = { addresses: [], ipBlocks: [block("10.0.0.0/8", "10.0.0.0/8")] };
  assert.equal(peerElements(none, "ipv4"), undefined);
});

const small = fc.integer({ min: 0, max: 255 }).map((n) => `10.0.0.${n}`);
const network = fc
  .tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 24, max: 32 }))
  .map(([n, length]) => `10.0.0.${n & (0xff << (32 - length)) & 0xff}/${length}`);
const anyBlock = fc.tuple(network, fc.array(network, { maxLength: 3 }));

test("peerElements() has whom the peer has, in ranges that do not touch", () => {
  fc.assert(
    fc.property(fc.array(small), fc.array(anyBlock, { minLength: 1 }), (some, blocks) => {
      const ipBlocks = blocks.map(([cidr, except]) => block(cidr, ...except));
      const found = peerElements({ addresses: addresses(...some), ipBlocks }, "ipv4");
      const ranges = found === undefined || found === "all" ? [] : found.elements.map(rangeOf);
      for (let i = 1; i < ranges.length && isInterval(found); i++)
        assert.ok((ranges[i]?.[0] ?? 0n) > (ranges[i - 1]?.[1] ?? 0n) + 1n, "a gap is between");
      for (let n = 0; n < 256; n++) {
        const one = `10.0.0.${n}` as IpAddress;
        const isPeer =
          some.includes(one) ||
          ipBlocks.some(
            ({ cidr, except }) =>
              cidrContains(cidr, one) && !except.some((e) => cidrContains(e, one)),
          );
        const at = ipToBigInt(one);
        assert.equal(
          ranges.some(([a, b]) => a <= at && at <= b),
          isPeer,
          one,
        );
      }
    }),
  );
});

function isInterval(found: ReturnType<typeof peerElements>): boolean {
  return found !== undefined && found !== "all" && found.isInterval;
}

function rangeOf(text: string): readonly [bigint, bigint] {
  const [first = "", last = first] = text.split("-");
  const [from = ""] = first.split("/");
  const cidr = parseCidr(first);
  const start = ipToBigInt(from as IpAddress);
  if (cidr) return [start, start + (1n << BigInt(32 - Number(first.split("/")[1]))) - 1n];
  return [start, ipToBigInt(last as IpAddress)];
}
