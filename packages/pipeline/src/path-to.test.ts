import assert from "node:assert/strict";
import { test } from "node:test";
import { parseInterfaceAddress } from "@antrea/net";
import fc from "fast-check";
import type { NodeIdentity, TrafficMode } from "./network.ts";
import { directPathToProve, pathTo } from "./path-to.ts";

function node(...transport: string[]): NodeIdentity {
  return {
    name: "node",
    podCidrs: [],
    transport: transport.map((text) => {
      const withPrefix = parseInterfaceAddress(text.includes("/") ? text : `${text}/32`);
      assert.ok(withPrefix, text);
      return text.includes("/") ? withPrefix : { address: withPrefix.address };
    }),
  };
}

test("pathTo() tunnels to every peer in encap, also on one subnet", () => {
  const path = pathTo(node("10.0.1.2/24"), node("10.0.1.1/24"), "encap");
  assert.deepEqual(path, { kind: "tunnel", remote: "10.0.1.2", reason: "mode encap" });
});

test("pathTo() is direct inside a subnet and tunnels across in hybrid", () => {
  const local = node("10.0.1.1/24");
  assert.equal(pathTo(node("10.0.1.2/24"), local, "hybrid").kind, "direct");
  assert.equal(pathTo(node("10.0.2.2/24"), local, "hybrid").kind, "tunnel");
});

test("pathTo() is direct in noEncap and says whether the fabric must help", () => {
  const local = node("10.0.1.1/24");
  assert.deepEqual(pathTo(node("10.0.1.2/24"), local, "noEncap"), {
    kind: "direct",
    onLink: true,
    reason: "same subnet: 10.0.1.1/24 and 10.0.1.2/24",
  });
  const across = pathTo(node("10.0.2.2/24"), local, "noEncap");
  assert.ok(across.kind === "direct" && !across.onLink);
});

const proven = { isProven: true, reason: "proven" };
const silent = { isProven: false, reason: "no answer" };

test("pathTo() of a measured peer is direct where it is proven, and tunnels where it is not", () => {
  const local = node("10.0.1.1/24");
  const [near, far] = [node("10.0.1.2/24"), node("10.0.2.2/24")];
  assert.deepEqual(pathTo(near, local, "hybrid", proven), {
    kind: "direct",
    onLink: true,
    reason: "same subnet: 10.0.1.1/24 and 10.0.1.2/24; proven",
  });
  assert.equal(pathTo(near, local, "hybrid", silent).kind, "tunnel");
  assert.match(pathTo(near, local, "hybrid", silent).reason, /; no answer$/);
  assert.equal(pathTo(far, local, "hybrid", proven).kind, "tunnel");
  const routed = pathTo(far, local, "auto", proven);
  assert.ok(routed.kind === "direct" && !routed.onLink);
  assert.equal(pathTo(far, local, "auto", silent).kind, "tunnel");
});

test("pathTo() goes by subnets in auto where nothing measures, and heeds no probe in encap and noEncap", () => {
  const local = node("10.0.1.1/24");
  const [near, far] = [node("10.0.1.2/24"), node("10.0.2.2/24")];
  for (const peer of [near, far])
    assert.deepEqual(pathTo(peer, local, "auto"), pathTo(peer, local, "hybrid"));
  assert.equal(pathTo(near, local, "encap", proven).kind, "tunnel");
  assert.equal(pathTo(far, local, "noEncap", silent).kind, "direct");
});

test("directPathToProve() is that of neighbours in hybrid, of all in auto, and of none in other modes", () => {
  const local = node("10.0.1.1/24");
  const [near, far] = [node("10.0.1.2/24"), node("10.0.2.2/24")];
  const found = (mode: TrafficMode) =>
    [near, far].map((peer) => directPathToProve(peer, local, mode)?.onLink);
  assert.deepEqual(found("hybrid"), [true, undefined]);
  assert.deepEqual(found("auto"), [true, false]);
  assert.deepEqual(found("encap"), [undefined, undefined]);
  assert.deepEqual(found("noEncap"), [undefined, undefined]);
});

test("pathTo() goes by its own prefix while the peer has not said its own", () => {
  assert.equal(pathTo(node("10.0.1.2"), node("10.0.1.1/24"), "hybrid").kind, "direct");
});

test("pathTo() gives no path where the Nodes share no address family", () => {
  assert.equal(pathTo(node("fd00::1/64"), node("10.0.1.1/24"), "hybrid").kind, "none");
});

test("pathTo() answers the same kind at both ends, whatever the masks", () => {
  const address = fc.tuple(
    fc.integer({ min: 0, max: 3 }),
    fc.integer({ min: 1, max: 254 }),
    fc.integer({ min: 8, max: 32 }),
  );
  fc.assert(
    fc.property(address, address, ([net1, host1, mask1], [net2, host2, mask2]) => {
      const a = node(`10.0.${net1}.${host1}/${mask1}`);
      const b = node(`10.0.${net2}.${host2}/${mask2}`);
      assert.equal(pathTo(b, a, "hybrid").kind, pathTo(a, b, "hybrid").kind);
    }),
    { verbose: true },
  );
});
