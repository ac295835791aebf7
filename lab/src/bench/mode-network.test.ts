import assert from "node:assert/strict";
import { test } from "node:test";
import { nodePath, neededRoute } from "@antrea/api/local-api";
import { networkOf, subnetsOf } from "./mode-network.ts";
import { oneSubnet, twoSubnets } from "./testing/modes-run.ts";

const local = { name: "node-1", podCIDRs: [], path: { kind: "local", reason: "" } };
const routed = {
  name: "node-2",
  podCIDRs: ["10.244.2.0/24"],
  path: { kind: "direct", onLink: false, reason: "mode noEncap" },
};
const toNode2 = { node: "node-2", podCIDR: "10.244.2.0/24", keeper: "fabric" };
const info = (podMTU?: number) => ({
  networkInfo: { ...(podMTU === undefined ? {} : { podMTU }), transportInterfaceMTU: 1500 },
});

test("networkOf() counts ways between Nodes, and takes the least MTU", () => {
  const seen = networkOf([
    { nodes: parse([local, routed]), routes: [], info: info(1450) },
    {
      nodes: parse([
        local,
        { ...routed, path: { kind: "tunnel", remote: "10.0.0.1", reason: "" } },
      ]),
      routes: [],
      info: info(1400),
    },
    { nodes: [], routes: [], info: info() },
  ]);
  assert.deepEqual(seen.paths, { onLink: 0, routed: 1, tunnel: 1, none: 0 });
  assert.equal(seen.podMtu, 1400);
  assert.equal(seen.transportMtu, 1500);
});

test("networkOf() names each route of the network once, and what agents miss", () => {
  const route = (state: "present" | "missing") =>
    neededRoute.read({ ...toNode2, state, reason: "10.244.2.1 does not answer" }, "");
  const seen = networkOf([
    { nodes: [], routes: [route("present")], info: {} },
    { nodes: [], routes: [route("missing")], info: {} },
  ]);
  assert.deepEqual(seen.routesOfNetwork, ["10.244.2.0/24"]);
  assert.deepEqual(seen.missing, ["node-2: 10.244.2.1 does not answer"]);
  assert.equal(seen.podMtu, undefined);
});

test("subnetsOf() goes by noEncap, else by hybrid", () => {
  assert.deepEqual(subnetsOf(oneSubnet), { neighbours: 2, apart: 0 });
  assert.deepEqual(subnetsOf({ hybrid: twoSubnets.hybrid }), { neighbours: 0, apart: 2 });
  assert.equal(subnetsOf({ tunnel: oneSubnet.tunnel }), undefined);
});

function parse(rows: readonly unknown[]) {
  return rows.map((row) => nodePath.read(row, ""));
}
