import assert from "node:assert/strict";
import { BlockList } from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import {
  type Cidr,
  cidrAddress,
  cidrContains,
  cidrFamily,
  cidrOf,
  cidrSize,
  cidrsOverlap,
  formatInterfaceAddress,
  hostCidr,
  maskOf,
  nthAddress,
  outermostCidrs,
  parseCidr,
  parseInterfaceAddress,
  prefixLengthOf,
} from "./cidr.ts";
import { addressBits, familyOf, type IpAddress, ipFromBigInt, ipToBigInt, parseIp } from "./ip.ts";

const ip = (text: string): IpAddress => parseIp(text) ?? assert.fail(text);
const cidr = (text: string): Cidr => parseCidr(text) ?? assert.fail(text);

const network = fc
  .constantFrom("ipv4" as const, "ipv6" as const)
  .chain((family) =>
    fc
      .tuple(
        fc.bigInt({ min: 0n, max: (1n << BigInt(addressBits[family])) - 1n }),
        fc.integer({ min: 0, max: addressBits[family] }),
      )
      .map(([value, prefix]) => ({ address: ipFromBigInt(value, family), prefix })),
  );

test("parseCidr() accepts networks whose host bits are zero, and gives the canonical form", () => {
  for (const text of ["0.0.0.0/0", "10.10.0.0/16", "10.0.0.1/32", "::/0", "fd00:10::/64"])
    assert.equal(parseCidr(text), text);
  assert.equal(parseCidr("FD00:0010:0::/48"), "fd00:10::/48");
});

test("parseCidr() refuses host bits, prefixes that are none, and what is no address", () => {
  const bad = [
    "10.0.0.1/24",
    "10.0.0.0/33",
    "10.0.0.0/-1",
    "10.0.0.0/08",
    "10.0.0.0/",
    "10.0.0.0",
    "/24",
    "10.0.0.0/24/1",
    "::/129",
    "::1/64",
    "10.0.0.0/2 4",
    "10.0.0.0/1e1",
    "",
  ];
  for (const text of bad) assert.equal(parseCidr(text), undefined, text);
});

test("parseInterfaceAddress() keeps host bits, and formatInterfaceAddress() writes them back", () => {
  const parsed = parseInterfaceAddress("10.10.1.1/24");
  assert.deepEqual(parsed, { address: "10.10.1.1", prefixLength: 24 });
  assert.equal(parsed && formatInterfaceAddress(parsed), "10.10.1.1/24");
});

test("cidrOf() makes a network that parseCidr() reads back and that contains the address", () => {
  fc.assert(
    fc.property(network, ({ address, prefix }) => {
      const net = cidrOf(address, prefix);
      assert.equal(parseCidr(net), net);
      assert.equal(prefixLengthOf(net), prefix);
      assert.equal(cidrFamily(net), familyOf(address));
      assert.ok(cidrContains(net, address));
    }),
  );
});

test("cidrContains() agrees with the platform's BlockList", () => {
  const pair = fc.tuple(network, network).map(([a, b]) => {
    // half of the time an address nearby, or the two would hardly ever meet
    const near = ipFromBigInt(
      ipToBigInt(a.address) ^ (ipToBigInt(b.address) & 0xffn),
      familyOf(a.address),
    );
    return { net: cidrOf(a.address, a.prefix), candidates: [b.address, near] };
  });
  fc.assert(
    fc.property(pair, ({ net, candidates }) => {
      const list = new BlockList();
      list.addSubnet(cidrAddress(net), prefixLengthOf(net), cidrFamily(net));
      for (const address of candidates) {
        if (familyOf(address) !== cidrFamily(net)) assert.equal(cidrContains(net, address), false);
        else
          assert.equal(
            cidrContains(net, address),
            list.check(address, familyOf(address)),
            `${net} ${address}`,
          );
      }
    }),
  );
});

test("cidrContains() of an IPv4 network holds no IPv6 address, mapped ones included", () => {
  assert.equal(cidrContains(cidr("0.0.0.0/0"), ip("::ffff:10.0.0.1")), false);
  assert.equal(cidrContains(cidr("::/0"), ip("10.0.0.1")), false);
});

test("nthAddress() counts from the first address to the last, and refuses the next", () => {
  const net = cidr("10.10.1.0/30");
  assert.equal(cidrSize(net), 4n);
  assert.deepEqual(
    [0n, 1n, 2n, 3n].map((i) => nthAddress(net, i)),
    ["10.10.1.0", "10.10.1.1", "10.10.1.2", "10.10.1.3"],
  );
  assert.throws(() => nthAddress(net, 4n), /4 is an address of 10.10.1.0\/30/);
  assert.throws(() => nthAddress(net, -1n));
  assert.equal(
    nthAddress(cidr("::/0"), (1n << 128n) - 1n),
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
  );
  assert.equal(nthAddress(cidr("0.0.0.0/0"), 0xffffffffn), "255.255.255.255");
});

test("cidrsOverlap() is true exactly if one contains the other's first address, in either order", () => {
  assert.equal(cidrsOverlap(cidr("10.0.0.0/8"), cidr("10.1.0.0/16")), true);
  assert.equal(cidrsOverlap(cidr("10.0.0.0/16"), cidr("10.1.0.0/16")), false);
  fc.assert(
    fc.property(network, network, (a, b) => {
      const [left, right] = [cidrOf(a.address, a.prefix), cidrOf(b.address, b.prefix)];
      assert.equal(cidrsOverlap(left, right), cidrsOverlap(right, left));
      assert.ok(cidrsOverlap(left, left));
    }),
  );
});

test("maskOf() has as many leading ones as the prefix is long", () => {
  assert.equal(maskOf(cidr("10.0.0.0/24")), "255.255.255.0");
  assert.equal(maskOf(cidr("0.0.0.0/0")), "0.0.0.0");
  assert.equal(maskOf(cidr("fd00::/64")), "ffff:ffff:ffff:ffff::");
  fc.assert(
    fc.property(network, ({ address, prefix }) => {
      const net = cidrOf(address, prefix);
      const mask = ipToBigInt(maskOf(net));
      const bits = mask.toString(2).padStart(addressBits[familyOf(address)], "0");
      assert.match(bits, /^1*0*$/);
      assert.equal(bits.replaceAll("0", "").length, prefix);
      assert.equal(ipToBigInt(address) & mask, ipToBigInt(cidrAddress(net)));
    }),
  );
});

test("hostCidr() holds one address", () => {
  assert.equal(hostCidr(ip("10.0.0.1")), "10.0.0.1/32");
  assert.equal(hostCidr(ip("fd00::1")), "fd00::1/128");
  assert.equal(cidrSize(hostCidr(ip("fd00::1"))), 1n);
});

test("outermostCidrs() has the same addresses, and none twice", () => {
  // short, so that they meet
  const near = fc
    .tuple(fc.constantFrom("10.0.0.0", "fd00::"), fc.integer({ min: 0, max: 15 }), fc.nat(4))
    .map(([base, place, wider]) => {
      const family = familyOf(ip(base));
      const shift = BigInt(addressBits[family] - 16);
      return cidrOf(
        ipFromBigInt(ipToBigInt(ip(base)) + (BigInt(place) << shift), family),
        16 - wider,
      );
    });
  fc.assert(
    fc.property(fc.array(near, { maxLength: 12 }), (cidrs) => {
      const left = outermostCidrs(cidrs);
      const contains = (wide: Cidr, one: Cidr): boolean =>
        prefixLengthOf(wide) <= prefixLengthOf(one) && cidrContains(wide, cidrAddress(one));
      for (const one of cidrs) assert.ok(left.some((wide) => contains(wide, one)));
      for (const [i, one] of left.entries()) {
        assert.ok(cidrs.includes(one));
        assert.ok(!left.some((other, j) => j !== i && cidrsOverlap(one, other)));
      }
    }),
  );
});
