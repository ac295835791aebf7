import assert from "node:assert/strict";
import { test } from "node:test";
import type { AntreaIngressRule, AntreaPolicySpec } from "@antrea/api";
import type { Cluster, WrittenPolicy } from "./cluster.ts";
import { evaluate } from "./evaluate.ts";
import { cidr, ip, smallCluster, tcp } from "./testing/small-cluster.ts";

const everyone = [{ namespaceSelector: {} }];
const acnp = (name: string, spec: Partial<AntreaPolicySpec>): WrittenPolicy => ({
  kind: "AntreaClusterNetworkPolicy",
  namespace: "",
  name,
  spec: { priority: 5, appliedTo: everyone, ...spec },
});
const ingress = (action: AntreaIngressRule["action"], more: Partial<AntreaIngressRule> = {}) => [
  { action, ...more },
];
const isolate: WrittenPolicy = {
  ...{ kind: "K8sNetworkPolicy", namespace: "shop", name: "isolate", spec: { podSelector: {} } },
};
const allowAll: WrittenPolicy = {
  ...{ kind: "K8sNetworkPolicy", namespace: "shop", name: "allow" },
  spec: { podSelector: {}, ingress: [{}] },
};
const bankToShop = { source: ip("10.2.0.21"), destination: ip("10.1.0.11"), traffic: tcp(80) };

function decide(policies: readonly WrittenPolicy[], more: Partial<Cluster> = {}) {
  const { action, by, ...rest } = evaluate(smallCluster(policies, more), bankToShop).ingress;
  const who = by.kind === "rule" ? by.rule.name : by.kind;
  return { says: `${action} by ${who}`, ...rest };
}
const says = (...policies: readonly WrittenPolicy[]): string => decide(policies).says;

test("evaluate() asks tiers by their number, whatever the priorities and the order in which they were made", () => {
  const low = acnp("low", { tier: "application", priority: 1, ingress: ingress("Allow") });
  const high = acnp("high", { tier: "emergency", priority: 9999, ingress: ingress("Drop") });
  assert.equal(says(low, high), "Drop by high");
  assert.equal(says(high, low), "Drop by high");
});

test("evaluate() asks within a tier by priority, decimals too, then by the place in the list", () => {
  const first = acnp("first", { priority: 1.5, ingress: ingress("Reject") });
  const second = acnp("second", { priority: 1.6, ingress: ingress("Allow") });
  assert.equal(says(second, first), "Reject by first");
  const both = acnp("both", { ingress: [...ingress("Drop"), ...ingress("Allow")] });
  assert.equal(says(both), "Drop by both");
});

test("evaluate(): a custom Tier stands where its number says, a missing one is the application tier", () => {
  const custom = acnp("custom", { tier: "mine", ingress: ingress("Drop") });
  const platform = acnp("platform", { tier: "platform", ingress: ingress("Allow") });
  const tiers = (priority: number) => ({ tiers: [{ name: "mine", priority }] });
  assert.equal(decide([custom, platform], tiers(199)).says, "Drop by custom");
  assert.equal(decide([custom, platform], tiers(201)).says, "Allow by platform");
  assert.equal(says(custom, platform), "Allow by platform");
  assert.equal(says(custom), "Drop by custom");
});

test("evaluate(): Pass leaves it to Kubernetes' policies, and where none isolates to baseline rules", () => {
  const pass = acnp("pass", { priority: 1, ingress: ingress("Pass") });
  const drop = acnp("drop", { priority: 2, ingress: ingress("Drop") });
  const baseline = acnp("base", { tier: "baseline", ingress: ingress("Drop") });
  assert.equal(says(pass, drop), "Allow by default");
  assert.equal(says(pass, drop, isolate), "Drop by isolation");
  assert.equal(says(pass, drop, allowAll), "Allow by allow");
  assert.equal(says(pass, drop, baseline), "Drop by base");
  assert.equal(says(pass, baseline, allowAll), "Allow by allow");
});

test("evaluate() never asks baseline rules for a Pod that Kubernetes' policies isolate", () => {
  const baseline = acnp("base", { tier: "baseline", ingress: ingress("Allow") });
  const { says: said, lost } = decide([baseline, isolate]);
  assert.equal(said, "Drop by isolation");
  assert.deepEqual(
    lost.map(({ rule, why }) => [rule.name, why]),
    [["base", "isolated"]],
  );
});

test("evaluate() asks ClusterNetworkPolicies of Admin between platform and application, AdminNetworkPolicies after it", () => {
  const subject = { namespaces: {} };
  const from = [{ namespaces: {} }];
  const cnp: WrittenPolicy = {
    ...{ kind: "K8sClusterNetworkPolicy", namespace: "", name: "cnp" },
    spec: { tier: "Admin", priority: 1000, subject, ingress: [{ action: "Deny", from }] },
  };
  const anp: WrittenPolicy = {
    ...{ kind: "AdminNetworkPolicy", namespace: "", name: "anp" },
    spec: { priority: 0, subject, ingress: [{ action: "Deny", from }] },
  };
  const platform = acnp("platform", { tier: "platform", ingress: ingress("Allow") });
  const application = acnp("application", { ingress: ingress("Allow") });
  assert.equal(says(cnp, platform), "Allow by platform");
  assert.equal(says(application, cnp), "Drop by cnp");
  assert.equal(says(anp, application), "Allow by application");
  assert.equal(says(anp, allowAll), "Drop by anp");
});

test("evaluate() asks BaselineAdminNetworkPolicies last", () => {
  const banp: WrittenPolicy = {
    ...{ kind: "BaselineAdminNetworkPolicy", namespace: "", name: "default" },
    spec: {
      subject: { namespaces: {} },
      ingress: [{ action: "Deny", from: [{ namespaces: {} }] }],
    },
  };
  const baseline = acnp("base", { tier: "baseline", ingress: ingress("Allow") });
  assert.equal(says(banp), "Drop by default");
  assert.equal(says(banp, baseline), "Allow by base");
  assert.equal(says(banp, allowAll), "Allow by allow");
});

test("evaluate(): a rule of a newer API allows nothing, or denies everything", () => {
  const cnp = (action: "Accept" | "Deny" | "Pass"): WrittenPolicy => ({
    ...{ kind: "K8sClusterNetworkPolicy", namespace: "", name: "cnp" },
    spec: {
      ...{ tier: "Admin", priority: 1, subject: { namespaces: {} } },
      ingress: [{ action, from: [{}], protocols: [{ udp: {} }] }],
    },
  });
  assert.equal(says(cnp("Accept"), isolate), "Drop by isolation");
  assert.equal(says(cnp("Deny")), "Drop by cnp");
  assert.equal(says(cnp("Pass")), "Drop by cnp");
});

test("evaluate() tells of rules at the same place that would have it otherwise", () => {
  const { tied } = decide([
    acnp("a", { ingress: ingress("Allow") }),
    acnp("b", { ingress: ingress("Drop") }),
    acnp("c", { ingress: ingress("Allow") }),
  ]);
  assert.deepEqual(
    tied.map(({ name }) => name),
    ["b"],
  );
});

test("evaluate() says of each rule that lost why it did", () => {
  const { lost, passedOnBy } = decide([
    acnp("other-peer", {
      priority: 1,
      ingress: ingress("Drop", { from: [{ ipBlock: { cidr: cidr("192.0.2.0/24") } }] }),
    }),
    acnp("other-port", { priority: 2, ingress: ingress("Drop", { ports: [{ port: 443 }] }) }),
    acnp("pass", { priority: 3, ingress: ingress("Pass") }),
    acnp("passed", { priority: 4, ingress: ingress("Drop") }),
    allowAll,
    acnp("late", { tier: "baseline", ingress: ingress("Drop") }),
  ]);
  assert.equal(passedOnBy?.name, "pass");
  assert.deepEqual(
    lost.map(({ rule, why }) => `${rule.name}: ${why}`),
    ["other-peer: peer", "other-port: traffic", "passed: passed", "late: later"],
  );
});

test("evaluate() asks both ends: what egress allows ingress may still drop", () => {
  const allowOut = acnp("out", { egress: [{ action: "Allow" }] });
  const verdict = evaluate(smallCluster([allowOut, isolate]), bankToShop);
  assert.equal(verdict.egress.action, "Allow");
  assert.equal(verdict.ingress.by.kind, "isolation");
  assert.ok(!verdict.isDelivered);
});

test("evaluate() lets a Pod's own Node reach it, and no other Node", () => {
  const drop = acnp("drop", { tier: "emergency", ingress: ingress("Drop") });
  const from = (source: string) =>
    evaluate(smallCluster([drop]), { ...bankToShop, source: ip(source) }).ingress.by.kind;
  assert.equal(from("10.1.0.1"), "own-node");
  assert.equal(from("10.2.0.1"), "rule");
});
