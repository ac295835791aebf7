import assert from "node:assert/strict";
import { test } from "node:test";
import type { NodeView } from "@antrea/api";
import { type Cidr, cidrOf, cidrsOverlap, ipv4FromNumber } from "@antrea/net";
import fc from "fast-check";
import { blockTable } from "./block-table.ts";
import { ipamStatus, overlaps } from "./status.ts";

const node = (name: string, ...podCidrs: string[]): NodeView => ({
  name,
  uid: name,
  podCidrs: podCidrs as Cidr[],
  transport: [],
  internalIps: [],
  externalIps: [],
  labels: {},
  hasAgent: true,
  isReady: true,
});

test("overlaps() finds Nodes that hold the same addresses, whatever the sizes", () => {
  const names = (...nodes: NodeView[]) => overlaps(nodes).map(({ a, b }) => `${a.name} ${b.name}`);
  assert.deepEqual(names(node("a", "10.0.0.0/24"), node("b", "10.0.1.0/24", "fd00::/64")), []);
  assert.deepEqual(names(node("a", "10.0.0.0/24"), node("b", "10.0.0.0/24")), ["a b"]);
  assert.deepEqual(
    names(node("a", "10.0.1.0/24"), node("b", "10.0.0.0/16"), node("c", "10.0.9.0/24")),
    ["b a", "b c"],
  );
});

test("overlaps() finds something exactly when two Nodes overlap", () => {
  const cidr = fc
    .tuple(fc.integer({ min: 0, max: 1023 }), fc.integer({ min: 24, max: 32 }))
    .map(([host, prefix]) => cidrOf(ipv4FromNumber(0x0a000000 + host), prefix));
  fc.assert(
    fc.property(fc.array(cidr, { maxLength: 8 }), (cidrs) => {
      const nodes = cidrs.map((one, i) => node(`n${i}`, one));
      const any = cidrs.some((a, i) => cidrs.some((b, j) => i < j && cidrsOverlap(a, b)));
      assert.equal(overlaps(nodes).length > 0, any);
    }),
  );
});

test("ipamStatus() says what an operator must do something about", () => {
  const tables = [blockTable({ network: "10.0.0.0/22" as Cidr, prefixLength: 24, reserved: [] })];
  const status = (waiting: string[], found = overlaps([])) =>
    ipamStatus({ tables, waiting: new Set(waiting), overlaps: found });
  assert.deepEqual(status([]), {
    isHealthy: true,
    reason: "Ready",
    message: "4 of 4 blocks of 10.0.0.0/22 are free",
  });
  assert.match(
    status(["a", "b", "c", "d", "e", "f"]).message,
    /^6 Nodes are .*: a, b, c, d, e, and 1 more$/,
  );
  const both = overlaps([node("a", "10.0.0.0/24"), node("b", "10.0.0.0/24")]);
  assert.match(status([], both).message, /a and b$/);
});
