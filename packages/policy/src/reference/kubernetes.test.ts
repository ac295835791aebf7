import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubernetesPolicySpec } from "@antrea/api";

import type { WrittenPolicy } from "./cluster.ts";
import { evaluate } from "./evaluate.ts";
import type { Traffic } from "./packet.ts";
import { cidr, ip, smallCluster, tcp } from "./testing/small-cluster.ts";

const policy = (spec: KubernetesPolicySpec, name = "p"): WrittenPolicy => ({
  ...{ kind: "K8sNetworkPolicy", namespace: "shop", name, spec },
});
const web = { matchLabels: { app: "web" } };
const addresses = { web: "10.1.0.11", db: "10.2.0.12", bank: "10.2.0.21", world: "192.0.2.1" };
type Who = keyof typeof addresses;

function passes(
  specs: readonly KubernetesPolicySpec[],
  from: Who,
  to: Who,
  traffic: Traffic = tcp(80),
) {
  const cluster = smallCluster(specs.map((spec, i) => policy(spec, `p${i}`)));
  const ends = { source: ip(addresses[from]), destination: ip(addresses[to]) };
  return evaluate(cluster, { ...ends, traffic }).isDelivered;
}

test("kubernetesRules(): a Pod that no policy selects takes and sends everything", () => {
  assert.ok(passes([{ podSelector: { matchLabels: { app: "db" } } }], "bank", "web"));
  assert.ok(passes([{ podSelector: {} }], "web", "bank"), "ingress alone is isolated");
});

test("kubernetesRules(): policyTypes that are missing are Ingress, and Egress where there is an egress rule", () => {
  assert.ok(!passes([{ podSelector: web }], "bank", "web"));
  assert.ok(passes([{ podSelector: web, egress: [] }], "web", "bank"));
  assert.ok(passes([{ podSelector: web, egress: [{}] }], "web", "bank"));
  const onlyDb = { to: [{ podSelector: { matchLabels: { app: "db" } } }] };
  assert.ok(!passes([{ podSelector: web, egress: [onlyDb] }], "web", "bank"));
  assert.ok(passes([{ podSelector: web, egress: [onlyDb] }], "web", "db"));
});

test("kubernetesRules(): policyTypes that are said count alone; rules of other directions do not", () => {
  const spec = { podSelector: web, policyTypes: ["Egress"] as const, ingress: [] };
  assert.ok(passes([spec], "bank", "web"));
  assert.ok(!passes([spec], "web", "bank"));
});

test("kubernetesRules(): policies add up, and none takes away what another allows", () => {
  const allowDb = {
    podSelector: web,
    ingress: [{ from: [{ podSelector: { matchLabels: { app: "db" } } }] }],
  };
  assert.ok(passes([{ podSelector: {} }, allowDb], "db", "web"));
  assert.ok(!passes([{ podSelector: {} }, allowDb], "bank", "web"));
});

test("kubernetesRules(): an empty list of peers is everybody, an empty selector all Pods of its place, an empty peer nobody", () => {
  const ingress = (from?: NonNullable<NonNullable<KubernetesPolicySpec["ingress"]>[0]["from"]>) => [
    { podSelector: web, ingress: [from ? { from } : {}] },
  ];
  for (const who of ["db", "bank", "world"] as const) {
    assert.ok(passes(ingress(), who, "web"));
    assert.ok(passes(ingress([]), who, "web"));
    assert.ok(!passes(ingress([{}]), who, "web"));
  }
  const expected = { db: [true, true], bank: [false, true], world: [false, false] } as const;
  for (const [who, [own, all]] of Object.entries(expected)) {
    assert.equal(passes(ingress([{ podSelector: {} }]), who as Who, "web"), own);
    assert.equal(passes(ingress([{ namespaceSelector: {} }]), who as Who, "web"), all);
  }
});

test("kubernetesRules(): both selectors of one peer must hold, and either of two peers", () => {
  const bank = { namespaceSelector: { matchLabels: { team: "b" } } };
  const db = { podSelector: { matchLabels: { app: "db" } } };
  assert.ok(
    !passes([{ podSelector: web, ingress: [{ from: [{ ...bank, ...db }] }] }], "bank", "web"),
  );
  assert.ok(passes([{ podSelector: web, ingress: [{ from: [bank, db] }] }], "bank", "web"));
  assert.ok(passes([{ podSelector: web, ingress: [{ from: [bank, db] }] }], "db", "web"));
});

test("kubernetesRules(): a network's excepts are not meant, and one inside another changes nothing", () => {
  const ipBlock = {
    cidr: cidr("10.0.0.0/8"),
    except: [cidr("10.2.0.0/16"), cidr("10.2.0.21/32")],
  };
  const spec = { podSelector: web, ingress: [{ from: [{ ipBlock }] }] };
  assert.ok(!passes([spec], "bank", "web"));
  assert.ok(!passes([spec], "db", "web"));
  const wide = {
    podSelector: web,
    ingress: [{ from: [{ ipBlock }, { ipBlock: { cidr: cidr("10.2.0.21/32") } }] }],
  };
  assert.ok(passes([wide], "bank", "web"), "another block may have them");
});

test("kubernetesRules(): a range has both its edges, and a port without one is its own", () => {
  const spec = (port: number, endPort?: number): KubernetesPolicySpec => ({
    podSelector: web,
    ingress: [{ ports: [{ port, ...(endPort ? { endPort } : {}) }] }],
  });
  const through = [1, 2, 79, 80, 81, 65_534, 65_535].filter((port) =>
    passes([spec(2, 80)], "bank", "web", tcp(port)),
  );
  assert.deepEqual(through, [2, 79, 80]);
  assert.ok(passes([spec(1, 65_535)], "bank", "web", tcp(65_535)));
  assert.ok(!passes([spec(80)], "bank", "web", tcp(81)));
});

test("kubernetesRules(): a rule with ports carries no ICMP, and its protocol is TCP where not said", () => {
  const spec = { podSelector: web, ingress: [{ ports: [{}] }] };
  assert.ok(passes([spec], "bank", "web", tcp(1)));
  const udp = { protocol: "UDP", sourcePort: 1, destinationPort: 1 } as const;
  assert.ok(!passes([spec], "bank", "web", udp));
  assert.ok(!passes([spec], "bank", "web", { protocol: "ICMP", icmpType: 8, icmpCode: 0 }));
  assert.ok(passes([{ podSelector: web, ingress: [{ ports: [] }] }], "bank", "web", udp));
});

test("kubernetesRules(): a named port is what each destination calls so", () => {
  const spec: KubernetesPolicySpec = {
    podSelector: { matchLabels: { app: "web" } },
    policyTypes: ["Egress"],
    egress: [{ ports: [{ port: "http" }] }],
  };
  assert.ok(passes([spec], "web", "db", tcp(9090)));
  assert.ok(!passes([spec], "web", "db", tcp(8080)), "that is what web itself calls so");
  assert.ok(!passes([spec], "web", "world", tcp(9090)), "nobody calls anything there");
  const to = [{ ipBlock: { cidr: cidr("10.2.0.12/32") } }];
  const byAddress = { ...spec, egress: [{ to, ports: [{ port: "http" }] }] };
  assert.ok(!passes([byAddress], "web", "db", tcp(9090)), "a network's addresses have no names");
});

test("kubernetesRules(): a Pod on its host's network is neither selected nor a peer", () => {
  const cluster = smallCluster([
    policy({ podSelector: {}, ingress: [{ from: [{ podSelector: {} }] }] }),
  ]);
  const packet = { source: ip("172.18.0.1"), destination: ip("10.2.0.12"), traffic: tcp(80) };
  assert.ok(!evaluate(cluster, packet).isDelivered);
  const toHost = { ...packet, source: ip("10.2.0.21"), destination: ip("172.18.0.1") };
  assert.equal(evaluate(cluster, toHost).ingress.by.kind, "default");
});

test("kubernetesRules() are for both families of a Pod's addresses", () => {
  const cluster = smallCluster([policy({ podSelector: {} })]);
  for (const [source, destination] of [
    ["10.2.0.22", "10.1.0.13"],
    ["fd00:2::22", "fd00:1::13"],
  ] as const)
    assert.ok(
      !evaluate(cluster, { source: ip(source), destination: ip(destination), traffic: tcp(80) })
        .isDelivered,
    );
});
