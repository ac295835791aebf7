import assert from "node:assert/strict";
import { test } from "node:test";
import { type Cidr, cidrOf, cidrsOverlap, ipv4FromNumber } from "@antrea/net";
import fc from "fast-check";
import { blockTable, isBlockOf, type Pool } from "./block-table.ts";

const pool = (network: string, prefixLength: number, ...reserved: string[]): Pool => ({
  network: network as Cidr,
  prefixLength,
  reserved: reserved as Cidr[],
});

test("blockTable() gives the blocks from the lowest address upward", () => {
  const table = blockTable(pool("10.10.0.0/16", 24));
  const given = [1, 2, 3].map(() => {
    const block = table.firstFree();
    assert.ok(block);
    table.take(block);
    return block;
  });
  assert.deepEqual(given, ["10.10.0.0/24", "10.10.1.0/24", "10.10.2.0/24"]);
  assert.deepEqual([table.size, table.freeCount], [256, 253]);
  table.free("10.10.1.0/24" as Cidr);
  assert.equal(table.firstFree(), "10.10.1.0/24");
});

test("blockTable() keeps away from what is reserved, and from networks of another size", () => {
  const table = blockTable(pool("10.0.0.0/22", 24, "10.0.0.0/23"));
  assert.equal(table.firstFree(), "10.0.2.0/24");
  table.take("10.0.2.128/25" as Cidr);
  assert.equal(table.firstFree(), "10.0.3.0/24");
  table.take("10.0.0.0/8" as Cidr);
  assert.equal(table.firstFree(), undefined);
  table.free("10.0.0.0/8" as Cidr);
  assert.equal(table.firstFree(new Set(["10.0.3.0/24" as Cidr])), undefined);
});

test("blockTable() does not mind networks outside the pool, or of the other family", () => {
  const table = blockTable(pool("10.0.0.0/24", 26));
  table.take("192.168.0.0/24" as Cidr);
  table.take("fd00::/64" as Cidr);
  assert.equal(table.freeCount, 4);
});

test("blockTable() cuts IPv6 networks in the same way", () => {
  const table = blockTable(pool("fd00:10:10::/48", 64));
  table.take("fd00:10:10::/64" as Cidr);
  assert.equal(table.firstFree(), "fd00:10:10:1::/64");
  assert.equal(table.size, 65_536);
});

test("isBlockOf() is so for whole blocks only", () => {
  const of = pool("10.0.0.0/16", 24);
  assert.equal(isBlockOf(of, "10.0.5.0/24" as Cidr), true);
  for (const other of ["10.0.5.0/25", "10.0.0.0/16", "10.1.0.0/24", "fd00::/24"])
    assert.equal(isBlockOf(of, other as Cidr), false, other);
});

const anyCidr = fc
  .tuple(fc.integer({ min: 0, max: 2 ** 16 - 1 }), fc.integer({ min: 14, max: 32 }))
  .map(([host, prefix]) => cidrOf(ipv4FromNumber(0x0a000000 + host), prefix));

test("blockTable() answers as a list of all that is taken would", () => {
  fc.assert(
    fc.property(
      fc.array(anyCidr, { maxLength: 40 }),
      fc.integer({ min: 0, max: 39 }),
      (cidrs, kept) => {
        const of = pool("10.0.0.0/17", 21);
        const table = blockTable(of);
        const blocks = Array.from({ length: 16 }, (_, i) =>
          cidrOf(ipv4FromNumber(0x0a000000 + i * 2048), 21),
        );
        for (const cidr of cidrs) table.take(cidr);
        for (const cidr of cidrs.slice(kept)) table.free(cidr);

        const taken = cidrs.slice(0, kept);
        const free = blocks.filter((block) => !taken.some((cidr) => cidrsOverlap(block, cidr)));
        assert.equal(table.firstFree(), free[0]);
        assert.equal(table.freeCount, free.length);
        assert.equal(table.firstFree(new Set(free.slice(0, 1))), free[1]);
      },
    ),
  );
});
