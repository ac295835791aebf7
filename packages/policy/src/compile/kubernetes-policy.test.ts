import assert from "node:assert/strict";
import { test } from "node:test";
import { kubernetesPolicy, network } from "../testing/records.ts";
import { readable } from "../testing/readable.ts";
import { compileKubernetesPolicy } from "./kubernetes-policy.ts";

const web = { matchLabels: { app: "web" } };
const compiled = (spec: Parameters<typeof kubernetesPolicy>[1]) =>
  compileKubernetesPolicy(kubernetesPolicy("a/p", spec));

test("compileKubernetesPolicy() isolates for ingress, and for egress where there is an egress rule", () => {
  const isolates = (spec: Parameters<typeof compiled>[0]) => compiled(spec).policy.isolates;
  assert.deepEqual(isolates({}), ["In"]);
  assert.deepEqual(isolates({ egress: [] }), ["In"]);
  assert.deepEqual(isolates({ egress: [{}] }), ["In", "Out"]);
  assert.deepEqual(isolates({ policyTypes: ["Egress"] }), ["Out"]);
  assert.deepEqual(isolates({ policyTypes: [], egress: [{}] }), ["In", "Out"]);
});

test("compileKubernetesPolicy() makes no rule of a policy that denies all, nor of a direction it does not have", () => {
  assert.deepEqual(readable(compiled({})), ["for namespace=a And podSelector="]);
  assert.deepEqual(readable(compiled({ policyTypes: ["Egress"], ingress: [{}] })), [
    "for namespace=a And podSelector=",
  ]);
});

test("compileKubernetesPolicy() takes an empty list of peers for anybody, and of ports for all traffic", () => {
  const [, ...rules] = readable(compiled({ ingress: [{}, { from: [], ports: [] }] }));
  assert.deepEqual(rules, ["In -1 Allow {anybody}", "In -1 Allow {anybody}"]);
});

test("compileKubernetesPolicy() reads selectors alone and together", () => {
  const from = [
    { podSelector: web },
    { namespaceSelector: {} },
    { namespaceSelector: { matchLabels: { env: "a" } }, podSelector: web },
    { ipBlock: { cidr: network("10.0.0.0/8"), except: [network("10.1.0.0/16")] } },
  ];
  assert.deepEqual(readable(compiled({ podSelector: web, ingress: [{ from }] })), [
    "for namespace=a And podSelector=app=web",
    `In -1 Allow {${[
      "namespace=a And podSelector=app=web",
      "namespaceSelector= And podSelector=",
      "namespaceSelector=env=a And podSelector=app=web",
      "10.0.0.0/8 but 10.1.0.0/16",
    ].join(" | ")}}`,
  ]);
});

test("compileKubernetesPolicy() takes a peer that says nothing, or two things, for nobody", () => {
  const both = { podSelector: {}, ipBlock: { cidr: network("10.0.0.0/8") } };
  const [, ...rules] = readable(compiled({ ingress: [{ from: [{}] }, { from: [both] }] }));
  assert.deepEqual(rules, ["In -1 Allow {}", "In -1 Allow {}"]);
});

test("compileKubernetesPolicy() reads ports, TCP where no protocol is said", () => {
  const ports = [
    { port: 80 },
    { protocol: "UDP" as const },
    { port: 80, endPort: 90 },
    { protocol: "SCTP" as const, port: "sig" },
  ];
  assert.deepEqual(
    readable(compiled({ ingress: [{ ports }] }))[1],
    ["In -1 Allow {anybody} on TCP port=80, UDP, TCP port=80 endPort=90, SCTP port=sig"][0],
  );
});

test("compileKubernetesPolicy() makes no rule where ports stand for no traffic", () => {
  const bad = [{ port: 90, endPort: 80 }, { port: "http", endPort: 80 }, { endPort: 80 }];
  for (const port of bad)
    assert.equal(readable(compiled({ ingress: [{ ports: [port] }] })).length, 1);
});

test("compileKubernetesPolicy() has all Pods among anybody where an egress rule names a port", () => {
  const rule = (port: number | string) =>
    readable(compiled({ policyTypes: ["Egress"], egress: [{ ports: [{ port }] }] }))[1];
  assert.equal(
    rule("http"),
    "Out -1 Allow {namespaceSelector= And podSelector= | anybody} on TCP port=http",
  );
  assert.equal(rule(80), "Out -1 Allow {anybody} on TCP port=80");
});
