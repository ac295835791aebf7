import assert from "node:assert/strict";
import { test } from "node:test";
import { type NodeView, parseNode } from "@antrea/api";
import { cidrsOverlap } from "@antrea/net";
import fc from "fast-check";
import { podCidrClaims } from "./pod-cidr-claims.ts";

function node(name: string, second: number, ...podCIDRs: readonly string[]): NodeView {
  const creationTimestamp = new Date(second * 1000).toISOString();
  const parsed = parseNode({
    metadata: { name, uid: name, creationTimestamp },
    spec: { podCIDRs },
  });
  return parsed?.node ?? assert.fail(name);
}

test("podCidrClaims() leaves a Pod CIDR with the older Node, whoever is heard of first", () => {
  const claims = podCidrClaims();
  claims.set("young", node("young", 20, "10.244.1.0/24"));
  assert.equal(claims.earlier("young"), undefined);
  assert.deepEqual([...claims.set("old", node("old", 10, "10.244.1.0/24"))], ["young"]);
  assert.equal(claims.earlier("old"), undefined);
  assert.deepEqual(claims.earlier("young"), {
    cidr: "10.244.1.0/24",
    by: "old",
    theirs: "10.244.1.0/24",
  });
});

test("podCidrClaims() gives it to the next once the older Node is gone", () => {
  const claims = podCidrClaims();
  claims.set("old", node("old", 10, "10.244.1.0/24"));
  claims.set("young", node("young", 20, "10.244.1.0/24"));
  assert.deepEqual([...claims.set("old", undefined)], ["young"]);
  assert.equal(claims.earlier("young"), undefined);
});

test("podCidrClaims() sees a wider and a narrower network as the same quarrel", () => {
  for (const [wide, narrow] of [
    [10, 20],
    [20, 10],
  ] as const) {
    const claims = podCidrClaims();
    claims.set("wide", node("wide", wide, "10.244.0.0/16"));
    claims.set("narrow", node("narrow", narrow, "10.244.7.128/25"));
    const [kept, refused] = wide < narrow ? ["wide", "narrow"] : ["narrow", "wide"];
    assert.equal(claims.earlier(kept), undefined);
    assert.equal(claims.earlier(refused)?.by, kept);
  }
});

test("podCidrClaims() lets no two Nodes have overlapping Pod CIDRs, after any changes", () => {
  const name = fc.constantFrom("a", "b", "c", "d");
  const cidr = fc.constantFrom("10.0.0.0/16", "10.0.1.0/24", "10.0.1.0/25", "10.0.2.0/24");
  const change = fc.tuple(name, fc.nat(3), fc.option(cidr));
  fc.assert(
    fc.property(fc.array(change), (changes) => {
      const claims = podCidrClaims();
      const nodes = new Map<string, NodeView>();
      for (const [who, second, network] of changes) {
        const view = network === null ? undefined : node(who, second, network);
        claims.set(who, view);
        if (view) nodes.set(who, view);
        else nodes.delete(who);
      }
      const holders = [...nodes.values()].filter((view) => !claims.earlier(view.name));
      assert.equal(holders.length > 0, nodes.size > 0);
      for (const a of holders)
        for (const b of holders)
          if (a !== b)
            assert.ok(!a.podCidrs.some((x) => b.podCidrs.some((y) => cidrsOverlap(x, y))));
    }),
  );
});

test("podCidrClaims() names the oldest claim, also after its Node has said something else of itself", () => {
  const claims = podCidrClaims();
  claims.set("first", node("first", 1, "10.244.1.0/24"));
  claims.set("second", node("second", 2, "10.244.1.0/24"));
  claims.set("third", node("third", 3, "10.244.1.0/25"));
  claims.set("first", node("first", 1, "10.244.1.0/24"));
  assert.equal(claims.earlier("third")?.by, "first");
  assert.equal(claims.earlier("second")?.by, "first");
  assert.equal(claims.earlier("first"), undefined);
});
