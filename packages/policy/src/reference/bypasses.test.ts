import assert from "node:assert/strict";
import { test } from "node:test";
import type { AntreaPolicySpec, LabelSelector } from "@antrea/api";
import type { WrittenPolicy } from "./cluster.ts";
import { evaluate } from "./evaluate.ts";
import type { Traffic } from "./packet.ts";
import { cidr, ip, smallCluster, tcp } from "./testing/small-cluster.ts";

/** What let packets past the policies of other networks, each as a question to the reference; the differential test holds the rest against it. */

const acnp = (spec: Partial<AntreaPolicySpec>, name = "p"): WrittenPolicy => ({
  ...{ kind: "AntreaClusterNetworkPolicy", namespace: "", name },
  spec: { priority: 5, appliedTo: [{ podSelector: {} }], ...spec },
});
const ends = { source: ip("10.2.0.21"), destination: ip("10.1.0.11") };
const passes = (policies: readonly WrittenPolicy[], traffic: Traffic = tcp(80), more = ends) =>
  evaluate(smallCluster(policies), { ...more, traffic }).isDelivered;

test("evaluate(): an empty selector is everybody, an empty list nobody or everybody by its field, never by chance", () => {
  const empty: readonly LabelSelector[] = [{}, { matchLabels: {} }, { matchExpressions: [] }];
  for (const podSelector of empty) {
    assert.ok(!passes([acnp({ appliedTo: [{ podSelector }], ingress: [{ action: "Drop" }] })]));
    assert.ok(!passes([acnp({ ingress: [{ action: "Drop", from: [{ podSelector }] }] })]));
  }
  assert.ok(passes([acnp({ appliedTo: [], ingress: [{ action: "Drop" }] })]), "for nobody");
  assert.ok(!passes([acnp({ ingress: [{ action: "Drop", from: [] }] })]), "from everybody");
  assert.ok(!passes([acnp({ ingress: [{ action: "Drop", ports: [], protocols: [] }] })]));
  const none = [{ key: "app", operator: "In" as const, values: [] }];
  assert.ok(
    passes([
      acnp({
        appliedTo: [{ podSelector: { matchExpressions: none } }],
        ingress: [{ action: "Drop" }],
      }),
    ]),
  );
});

test("evaluate(): a wide network denied and a narrow one in it allowed depend on their order alone", () => {
  const wide = { action: "Drop", from: [{ ipBlock: { cidr: cidr("10.0.0.0/8") } }] } as const;
  const narrow = { action: "Allow", from: [{ ipBlock: { cidr: cidr("10.2.0.16/28") } }] } as const;
  assert.ok(passes([acnp({ ingress: [narrow, wide] })]));
  assert.ok(!passes([acnp({ ingress: [wide, narrow] })]));
});

test("evaluate(): a rule for one family says nothing of the other", () => {
  const v6 = { source: ip("fd00:2::22"), destination: ip("fd00:1::13") };
  const dropV4 = acnp({
    ingress: [{ action: "Drop", from: [{ ipBlock: { cidr: cidr("0.0.0.0/0") } }] }],
  });
  assert.ok(!passes([dropV4]));
  assert.ok(passes([dropV4], tcp(80), v6));
  assert.ok(!passes([acnp({ ingress: [{ action: "Drop" }] })], tcp(80), v6), "no peers are both");
});

test("evaluate(): what may leave may still not enter", () => {
  const out = acnp({ egress: [{ action: "Allow" }] }, "out");
  assert.ok(!passes([out, acnp({ tier: "baseline", ingress: [{ action: "Drop" }] }, "in")]));
});

test("evaluate(): a policy of a Namespace does nothing to the Pods of another, whatever it names", () => {
  const annp: WrittenPolicy = {
    ...{ kind: "AntreaNetworkPolicy", namespace: "bank", name: "p" },
    spec: {
      priority: 1,
      appliedTo: [
        { podSelector: {}, namespaceSelector: {} },
        { serviceAccount: { name: "default", namespace: "shop" } },
        { nodeSelector: {} },
      ],
      ingress: [{ action: "Drop" }],
    },
  };
  assert.ok(passes([annp]));
  assert.ok(!passes([annp], tcp(80), { source: ends.destination, destination: ends.source }));
});

test("evaluate(): a protocol that no rule can name is not what a rule with ports speaks of", () => {
  const other = { protocol: "other", number: 0 } as const;
  const isolate: WrittenPolicy = {
    ...{ kind: "K8sNetworkPolicy", namespace: "shop", name: "p" },
    spec: { podSelector: {}, ingress: [{ ports: [{ protocol: "TCP" }, { protocol: "UDP" }] }] },
  };
  assert.ok(passes([isolate]));
  assert.ok(!passes([isolate], other));
  assert.ok(
    !passes([isolate], { protocol: "ICMP", icmpType: 0, icmpCode: 0 }),
    "nor an answer to nothing",
  );
});
