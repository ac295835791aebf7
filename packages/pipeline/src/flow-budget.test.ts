import assert from "node:assert/strict";
import { test } from "node:test";
import { compilePolicyRule } from "./features/network-policy.ts";
import { compilePeer } from "./features/peer-connectivity.ts";
import { compilePod } from "./features/pod-connectivity.ts";
import { flowBudget } from "./flow-budget.ts";
import type { NodeNetwork } from "./network.ts";
import { peersOf, policyRule } from "./testing/policy.ts";
import { byTunnel, node, onLink, peer, pod } from "./testing/network.ts";

test("flowBudget() says what a real Pod and a real peer take", () => {
  assert.deepEqual(flowBudget(node()), [
    { object: "Pod of this Node", flows: compilePod(pod(), node()).length },
    { object: "Node, by tunnel", flows: compilePeer(peer(byTunnel), node()).length },
    { object: "Node, direct", flows: compilePeer(peer(onLink), node()).length },
    { object: "rule of a policy", flows: ruleOf(1) },
    { object: "peer of a rule", flows: ruleOf(8) - ruleOf(7) },
  ]);
});

/** For a Pod, from so many addresses, to a port. */
function ruleOf(peers: number): number {
  const addresses = Array.from({ length: peers }, (_, i) => `10.244.9.${i + 1}`);
  const services = [{ protocol: "UDP", port: 53 }] as const;
  const rule = policyRule({ peer: peersOf(...addresses), services });
  return compilePolicyRule(rule, { families: ["ipv4"] }).length;
}

test("flowBudget() counts the flows of probes where paths are measured", () => {
  const measured = { ...peer(onLink), isMeasured: true };
  const [, , direct, measures] = flowBudget(node(), { measures: true });
  assert.deepEqual(measures, {
    object: "Node, measured",
    flows: compilePeer(measured, node()).length,
  });
  assert.equal((measures?.flows ?? 0) - (direct?.flows ?? 0), 2);
});

test("flowBudget() counts each IP family", () => {
  const pods = ["ipv4", "ipv6"] as const;
  const [ofPod, ofTunnel] = flowBudget(node({ pods }));
  const addresses = ["10.244.1.2", "fd00:10:244:1::2"];
  assert.equal(ofPod?.flows, compilePod(pod({ addresses }), node({ pods })).length);
  assert.equal(ofTunnel?.flows, compilePeer(peer(byTunnel, { pods }), node({ pods })).length);
  const ofPeer = (node: NodeNetwork) =>
    flowBudget(node).find(({ object }) => object === "peer of a rule")?.flows;
  assert.deepEqual([ofPeer(node()), ofPeer(node({ pods }))], [1, 2]);
});

test("flowBudget() has no tunnel where the Node has none", () => {
  const objects = flowBudget(node({ tunnel: "none", uplink: false })).map(({ object }) => object);
  const ofRules = ["rule of a policy", "peer of a rule"];
  assert.deepEqual(objects, ["Pod of this Node", "Node, direct", ...ofRules]);
});
