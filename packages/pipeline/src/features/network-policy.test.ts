import assert from "node:assert/strict";
import { test } from "node:test";
import { flowKey } from "@antrea/openflow/flow";
import { expectFlows } from "../testing/golden-flows.ts";
import { peersOf, policyPod, policyRule } from "../testing/policy.ts";
import type { PolicyFlowRule } from "../policy/rule.ts";
import { compilePolicyRule } from "./network-policy.ts";
import { compileIsolation } from "./network-policy-base.ts";

const ipv4 = { families: ["ipv4"] } as const;
const dual = { families: ["ipv4", "ipv6"] } as const;
const owner = "policy:shop/web/In/0";
const compile = (choice: Partial<PolicyFlowRule>, node: typeof ipv4 | typeof dual = ipv4) =>
  compilePolicyRule(policyRule(choice), node);

test("compilePolicyRule() makes a conjunction of whom, from whom and what", () => {
  const web = {
    peer: peersOf("10.244.2.5", "10.0.0.0/30 -10.0.0.1/32"),
    services: [{ protocol: "TCP", port: 80 }],
  } as const;
  expectFlows("policy/ingress-allow", owner, compile(web));
  expectFlows("policy/ingress-drop", owner, compile({ ...web, action: "Drop" }));
  expectFlows("policy/ingress-reject", owner, compile({ ...web, action: "Reject" }));
  expectFlows("policy/ingress-pass", owner, compile({ ...web, action: "Pass" }));
});

test("compilePolicyRule() knows the Pod by its addresses where it sends", () => {
  const pod = policyPod(1, "10.244.1.2", "fd00:10:244:1::2");
  const choice = {
    direction: "Out",
    stage: "kubernetes",
    appliedTo: [pod],
    peer: peersOf("10.0.0.0/8", "fd00::/8"),
    services: [
      { protocol: "UDP", port: 53 },
      { protocol: "ICMP", icmpType: 8 },
    ],
  } as const;
  expectFlows("policy/egress-dual", owner, compile(choice, dual));
});

test("compilePolicyRule() needs no conjunction for a rule of one dimension", () => {
  expectFlows("policy/ingress-drop-all", owner, compile({ action: "Drop" }));
  expectFlows(
    "policy/baseline",
    owner,
    compile({ action: "Drop", stage: "baseline", priority: 130 }),
  );
});

test("compilePolicyRule() keeps a rule of one dimension apart from a clause of another of equal order", () => {
  const drop = compile({ id: 1, action: "Drop" });
  const allow = compile({ id: 2, action: "Allow", peer: peersOf("10.0.0.0/8") });
  const keys = [...drop, ...allow].map(flowKey);
  assert.equal(new Set(keys).size, keys.length);
});

test("compileIsolation() drops what is left of a direction", () => {
  const pods = [policyPod(1, "10.244.1.2", "fd00:10:244:1::2")];
  expectFlows("policy/isolation-in", "isolation", compileIsolation("In", pods));
  expectFlows("policy/isolation-out", "isolation", compileIsolation("Out", pods));
});

test("compilePolicyRule() adds one flow for one more peer, Pod or port", () => {
  const sized = (pods: number, peers: number, ports: number) =>
    compile({
      appliedTo: Array.from({ length: pods }, (_, i) => policyPod(i + 1, `10.244.1.${i + 2}`)),
      peer: peersOf(...Array.from({ length: peers }, (_, i) => `10.244.9.${i + 2}`)),
      services: Array.from({ length: ports }, (_, i) => ({ protocol: "SCTP", port: 80 + i })),
    }).length;
  const size = sized(20, 30, 10);
  assert.equal(size, 3 + 20 + 30 + 10);
  assert.deepEqual(
    [sized(21, 30, 10), sized(20, 31, 10), sized(20, 30, 11)],
    [1, 1, 1].map((n) => size + n),
  );
});

test("compilePolicyRule() has no flows for nobody, of nobody, of no service and of another family", () => {
  for (const nothing of [
    { appliedTo: [] },
    { peer: peersOf() },
    { services: [] },
    { peer: peersOf("fd00::/8") },
    { peer: peersOf("10.0.0.0/8 -10.0.0.0/8") },
    { direction: "Out", appliedTo: [policyPod(1, "fd00:10:244:1::2")] },
  ] as const)
    assert.deepEqual(compile({ action: "Drop", ...nothing }), [], JSON.stringify(nothing));
});

test("compilePolicyRule() denies where it found no place in order, and allows nothing there", () => {
  const crowded = { isCrowded: true, priority: 110 } as const;
  assert.deepEqual(compile({ ...crowded, action: "Allow" }), []);
  assert.deepEqual(compile({ ...crowded, action: "Pass" }), []);
  assert.ok(compile({ ...crowded, action: "Drop" }).length > 0);
});
