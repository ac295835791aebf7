import assert from "node:assert/strict";
import { test } from "node:test";
import { clusterNetworkPolicyKind, networkPolicyKind, parseCustom } from "@antrea/api";
import { parse } from "yaml";
import { policyRefusals, policyWarnings } from "./antrea-policy.ts";
import { refusalText } from "./refusal.ts";
import { policyCases } from "./testing/policy-cases.ts";

const tiers = new Map([
  ["devops", 230],
  ["securityops", 100],
]);

function specOf(yaml: string, isNamespaced = false) {
  const kind = isNamespaced ? networkPolicyKind : clusterNetworkPolicyKind;
  const spec = { priority: 5, appliedTo: [{ podSelector: {} }], ...(parse(yaml) as object) };
  const parsed = parseCustom(kind, { metadata: { name: "p" }, spec });
  return "problem" in parsed ? assert.fail(parsed.problem) : parsed.value.spec;
}

function refusalsOf(yaml: string, { isNamespaced = false, isL7Enabled = true } = {}) {
  const scope = isNamespaced ? "namespaced" : "cluster";
  const spec = specOf(yaml, isNamespaced);
  return [...policyRefusals(spec, { scope, tiers, isL7Enabled })].map(refusalText);
}

for (const { rule, yaml, says, ...options } of policyCases)
  test(`policyRefusals(): ${rule}`, () => assert.deepEqual(refusalsOf(yaml, options), says));

test("policyRefusals() accepts what the tables of its specification allow", () => {
  for (const yaml of [
    "{}",
    "tier: devops",
    "appliedTo: [{podSelector: {}, namespaceSelector: {}}, {group: g}, {serviceAccount: {name: a, namespace: b}}]",
    "appliedTo: [{nodeSelector: {}}]\negress: [{action: Reject, to: [{ipBlock: {cidr: 10.0.0.0/8}}]}]",
    "appliedTo: [{service: {name: a, namespace: b}}]\ningress: [{action: Drop, from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]",
    "appliedTo: []\ningress: [{action: Drop, appliedTo: [{podSelector: {}}]}]",
    "ingress: [{action: Pass, name: a}, {action: Drop}, {action: Drop}]\negress: [{action: Drop, name: a}]",
    "ingress: [{action: Allow, from: [{namespaces: {match: Self}, podSelector: {}}, {namespaces: {sameLabels: [a.b/c]}}]}]",
    "egress: [{action: Allow, to: [{fqdn: '*.Example.com'}, {ipBlock: {cidr: '::/0', except: ['fd00::/8', 'fd00:1::/64']}}]}]",
    "egress: [{action: Drop, to: [{ipBlock: {cidr: 224.0.0.0/8}}, {ipBlock: {cidr: 'ff02::/16'}}]}]",
    "egress: [{action: Allow, protocols: [{igmp: {igmpType: 22, groupAddress: 224.0.0.22}}, {igmp: {}}]}]",
    "egress: [{action: Allow, toServices: [{name: a, namespace: b}]}]",
    "ingress: [{action: Allow, ports: [{port: 1, endPort: 1}, {port: web}, {protocol: SCTP, sourcePort: 5, sourceEndPort: 6}]}]",
    "ingress: [{action: Allow, l7Protocols: [{http: {method: GET}}], ports: [{port: 80}, {protocol: TCP}]}]",
    "ingress: [{action: Allow, protocols: [{icmp: {}}, {icmp: {icmpType: 8}}], ports: [{port: 80}], logLabel: a.b}]",
  ])
    assert.deepEqual(refusalsOf(yaml), [], yaml);
  const own =
    "ingress: [{action: Allow, from: [{namespaceSelector: {}}, {group: g}, {externalEntitySelector: {}}, {nodeSelector: {}}]}]\negress: [{action: Allow, toServices: [{name: a}]}]";
  assert.deepEqual(refusalsOf(own, { isNamespaced: true }), []);
});

test("policyRefusals() tells of everything that is wrong, not of the first alone", () => {
  const yaml = "tier: devop\nappliedTo: [{}]\ningress: [{action: Allow, ports: [{endPort: 1}]}]";
  assert.deepEqual(
    refusalsOf(yaml).map((text) => text.split(" ")[0]),
    ["spec.tier", "spec.appliedTo[0]", "spec.ingress[0].ports[0].endPort"],
  );
});

test("policyWarnings() tells of labels that a Node's log cuts", () => {
  const rule = "ingress: [{action: Drop, ports: [{port: 1}], logLabel: thirteen-char}]";
  assert.deepEqual(
    [...policyWarnings(specOf(`appliedTo: [{nodeSelector: {}}]\n${rule}`))],
    [
      "spec.ingress[0].logLabel is longer than 12 characters: a Node's log has no room for the rest",
    ],
  );
  assert.deepEqual([...policyWarnings(specOf(rule))], []);
});

test("policyWarnings() tells of rules that cut Nodes off", () => {
  const warnings = (yaml: string) => [
    ...policyWarnings(specOf(`appliedTo: [{nodeSelector: {}}]\n${yaml}`)),
  ];
  assert.deepEqual(
    warnings(
      "ingress: [{action: Drop}]\negress: [{action: Reject, to: [{ipBlock: {cidr: '::/0'}}]}]",
    ),
    [
      "spec.ingress[0] denies all connections to the Nodes themselves, also those to the kubelet, the API server and SSH, unless a rule before it allows",
      "spec.egress[0] denies all connections that the Nodes themselves begin, also probes of Pods, those of the kubelet to the API server, and DNS, unless a rule before it allows",
    ],
  );
  const others = [
    "ingress: [{action: Allow}, {action: Drop, from: [{podSelector: {}}]}]",
    "ingress: [{action: Drop, ports: [{port: 22}]}]",
    "egress: [{action: Drop, to: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}]}]",
  ];
  for (const yaml of others) assert.deepEqual(warnings(yaml), [], yaml);
});
