import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Cidr, cidrContains, cidrOf, type IpAddress, ipFromBigInt } from "@antrea/net";
import { maskedPorts } from "./port-ranges.ts";
import { prefixesOf } from "./prefixes.ts";
import { ruleIds } from "./rule-ids.ts";

const port = fc.integer({ min: 0, max: 0xffff });

test("maskedPorts() stands for all ports of a range, once each, and for no other", () => {
  fc.assert(
    fc.property(port, port, port, (one, other, asked) => {
      const [first, last] = [Math.min(one, other), Math.max(one, other)];
      const parts = maskedPorts(first, last);
      assert.ok(parts.length <= 30);
      const hits = (n: number) => parts.filter(({ value, mask }) => (n & mask) === value).length;
      for (const n of [asked, first, last, first - 1, last + 1].filter(
        (n) => n >= 0 && n <= 0xffff,
      ))
        assert.equal(hits(n), n >= first && n <= last ? 1 : 0, `${n} of ${first}-${last}`);
    }),
  );
  assert.deepEqual(maskedPorts(0, 0xffff), [{ value: 0, mask: 0 }]);
});

/** Addresses and networks of 10.0.0.0/24 or of fd00::/120, so that they often lie in one another. */
const address = (family: "ipv4" | "ipv6") =>
  fc
    .integer({ min: 0, max: 255 })
    .map((n) =>
      ipFromBigInt((family === "ipv4" ? 0x0a000000n : 0xfdn << 120n) + BigInt(n), family),
    );
const network = (family: "ipv4" | "ipv6"): fc.Arbitrary<Cidr> =>
  fc
    .tuple(address(family), fc.integer({ min: 0, max: 8 }))
    .map(([ip, host]) => cidrOf(ip, (family === "ipv4" ? 32 : 128) - host));

test("prefixesOf() stands for a block without its exceptions, however these lie in one another", () => {
  const arbitrary = (family: "ipv4" | "ipv6") =>
    fc.tuple(network(family), fc.array(network(family), { maxLength: 5 }), address(family));
  fc.assert(
    fc.property(
      fc.oneof(arbitrary("ipv4"), arbitrary("ipv6")),
      ([block, except, asked]: readonly [Cidr, readonly Cidr[], IpAddress]) => {
        const wanted =
          cidrContains(block, asked) && !except.some((one) => cidrContains(one, asked));
        const hits = prefixesOf({ cidr: block, except }).filter((one) => cidrContains(one, asked));
        assert.equal(hits.length, wanted ? 1 : 0);
      },
    ),
  );
});

test("ruleIds() gives each owner a number of its own, the same one after a restart", () => {
  const ids = ruleIds();
  const owners = Array.from({ length: 20_000 }, (_, i) => `policy:${i}`);
  const first = owners.map((owner) => ids.idOf(owner));
  assert.equal(new Set(first).size, owners.length);
  assert.ok(first.every((id) => id > 0 && id <= 0xffffffff));
  const restarted = ruleIds();
  assert.deepEqual(
    owners.map((owner) => restarted.idOf(owner)),
    first,
  );
  ids.release("policy:7");
  assert.equal(ids.ownerOf(first[7] as number), undefined);
});
