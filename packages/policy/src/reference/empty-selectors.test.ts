import assert from "node:assert/strict";
import { test } from "node:test";
import type { AntreaPolicySpec, LabelSelector } from "@antrea/api";
import { policyComputation } from "../computation/computation.ts";
import type { PolicyRecord } from "../computation/records.ts";
import type { WrittenPolicy } from "./cluster.ts";
import { evaluate } from "./evaluate.ts";
import { interpret, smallCluster, tcp, tellChange, type ToldCluster } from "./testing/index.ts";

/** An empty selector in each field that takes one: what is computed beside what the specifications say. */

const spellings: readonly LabelSelector[] = [
  {},
  { matchLabels: {} },
  { matchExpressions: [] },
  { matchLabels: {}, matchExpressions: [] },
];
type Peer = NonNullable<NonNullable<AntreaPolicySpec["ingress"]>[number]["from"]>[number];
type AppliedTo = NonNullable<AntreaPolicySpec["appliedTo"]>[number];

const kubernetes = (spec: object): WrittenPolicy =>
  ({ kind: "K8sNetworkPolicy", namespace: "shop", name: "p", spec }) as WrittenPolicy;
const antrea = (spec: object, kind: string): WrittenPolicy =>
  ({
    ...{ kind, namespace: kind === "AntreaNetworkPolicy" ? "shop" : "", name: "p" },
    spec: { priority: 5, ...spec },
  }) as WrittenPolicy;

function* kubernetesPolicies(e: LabelSelector): Generator<WrittenPolicy> {
  yield kubernetes({ podSelector: e });
  yield kubernetes({ podSelector: e, policyTypes: ["Ingress", "Egress"] });
  for (const peer of [
    { podSelector: e },
    { namespaceSelector: e },
    { podSelector: e, namespaceSelector: e },
  ]) {
    yield kubernetes({ podSelector: e, ingress: [{ from: [peer] }] });
    yield kubernetes({ podSelector: e, policyTypes: ["Egress"], egress: [{ to: [peer] }] });
  }
}

function* antreaPolicies(e: LabelSelector): Generator<WrittenPolicy> {
  const targets: readonly AppliedTo[] = [
    { podSelector: e },
    { namespaceSelector: e },
    { podSelector: e, namespaceSelector: e },
  ];
  const peers: readonly Peer[] = [...targets, { nodeSelector: e }];
  const self: Peer = { podSelector: e, namespaces: { match: "Self" } }; // of cluster policies alone
  const kinds = [
    { kind: "AntreaClusterNetworkPolicy", appliedTo: targets, from: [undefined, ...peers, self] },
    { kind: "AntreaNetworkPolicy", appliedTo: targets.slice(0, 1), from: [undefined, ...peers] },
  ];
  for (const { kind, appliedTo, from: all } of kinds)
    for (const target of appliedTo)
      for (const peer of all) {
        const [from, to] = [peer ? { from: [peer] } : {}, peer ? { to: [peer] } : {}];
        yield antrea({ appliedTo: [target], ingress: [{ action: "Drop", ...from }] }, kind);
        yield antrea({ appliedTo: [target], egress: [{ action: "Drop", ...to }] }, kind);
        const own = { action: "Drop", appliedTo: [target] };
        yield antrea({ ingress: [{ ...own, ...from }] }, kind);
      }
}

function told(policy: WrittenPolicy): ToldCluster {
  const record = { ...policy, uid: "u-1", generation: 1 } as PolicyRecord;
  return smallCluster([record]) as ToldCluster;
}

test("policyComputation() means by an empty selector, in whatever field and spelling, what the specifications say", (t) => {
  let count = 0;
  let denied = 0;
  for (const e of spellings)
    for (const policy of [...kubernetesPolicies(e), ...antreaPolicies(e)]) {
      const cluster = told(policy);
      const computation = policyComputation();
      computation.update((update) => tellChange(update, cluster));
      const ends = cluster.pods.flatMap(({ ips }) => ips[0] ?? []);
      for (const source of ends)
        for (const destination of ends) {
          const packet = { source, destination, traffic: tcp(80) };
          const verdict = evaluate(cluster, packet);
          const said = [
            interpret(computation, cluster, packet, "Out").action,
            interpret(computation, cluster, packet, "In").action,
          ];
          const wanted = [verdict.egress.action, verdict.ingress.action];
          assert.deepEqual(said, wanted, `${JSON.stringify(policy)} ${source} ${destination}`);
          count += 1;
          denied += verdict.isDelivered ? 0 : 1;
        }
    }
  t.diagnostic(`${count} packets, of which ${denied} are denied`);
  assert.ok(denied > count / 10 && denied < count);
});
