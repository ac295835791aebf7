import assert from "node:assert/strict";
import { test } from "node:test";
import { compilePeer } from "./features/peer-connectivity.ts";
import { compilePod } from "./features/pod-connectivity.ts";
import { flowBudget } from "./flow-budget.ts";
import { byTunnel, node, onLink, peer, pod } from "./testing/network.ts";

test("flowBudget() says what a real Pod and a real peer take", () => {
  assert.deepEqual(flowBudget(node()), [
    { object: "Pod of this Node", flows: compilePod(pod(), node()).length },
    { object: "Node, by tunnel", flows: compilePeer(peer(byTunnel), node()).length },
    { object: "Node, direct", flows: compilePeer(peer(onLink), node()).length },
  ]);
});

test("flowBudget() counts the flows of probes where paths are measured", () => {
  const measured = { ...peer(onLink), isMeasured: true };
  const [, , direct, last] = flowBudget(node(), { measures: true });
  assert.deepEqual(last, {
    object: "Node, measured",
    flows: compilePeer(measured, node()).length,
  });
  assert.equal((last?.flows ?? 0) - (direct?.flows ?? 0), 2);
});

test("flowBudget() counts each IP family", () => {
  const pods = ["ipv4", "ipv6"] as const;
  const [ofPod, ofTunnel] = flowBudget(node({ pods }));
  const addresses = ["10.244.1.2", "fd00:10:244:1::2"];
  assert.equal(ofPod?.flows, compilePod(pod({ addresses }), node({ pods })).length);
  assert.equal(ofTunnel?.flows, compilePeer(peer(byTunnel, { pods }), node({ pods })).length);
});

test("flowBudget() has no tunnel where the Node has none", () => {
  const objects = flowBudget(node({ tunnel: "none", uplink: false })).map(({ object }) => object);
  assert.deepEqual(objects, ["Pod of this Node", "Node, direct"]);
});
