import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "yaml";
import { parseCustom } from "../crd/kind.ts";
import { adminPolicyKind, baselineAdminPolicyKind } from "./admin-policy.ts";
import { clusterNetworkPolicyKind } from "./antrea-policy.ts";
import { kubernetesClusterPolicyKind } from "./kubernetes-cluster-policy.ts";

function specOf<T extends { readonly spec: unknown }>(
  kind: Parameters<typeof parseCustom<T>>[0],
  yaml: string,
): T["spec"] {
  const parsed = parseCustom(kind, parse(yaml));
  if ("problem" in parsed) assert.fail(parsed.problem);
  return parsed.value.spec;
}

test("clusterNetworkPolicyKind reads the guide's policy of version v1alpha1", () => {
  const spec = specOf(
    clusterNetworkPolicyKind,
    `
apiVersion: crd.antrea.io/v1alpha1
kind: ClusterNetworkPolicy
metadata: {name: strict-ns-isolation}
spec:
  priority: 1
  tier: securityops
  appliedTo: [{namespaceSelector: {matchLabels: {env: production}}}]
  ingress:
    - action: Allow
      from: [{namespaceSelector: {matchLabels: {env: production}}}]
    - action: Drop
  egress:
    - action: Allow
      ports: [{protocol: TCP, port: 443}]
      to: [{fqdn: "*.amazonaws.com"}]
    - action: Drop
`,
  );
  assert.equal(spec.priority, 1);
  assert.deepEqual(spec.ingress?.[1], { action: "Drop" });
  assert.deepEqual(spec.egress?.[0], {
    action: "Allow",
    ports: [{ protocol: "TCP", port: 443 }],
    to: [{ fqdn: "*.amazonaws.com" }],
  });
});

test("adminPolicyKind reads peers and ports of every sort", () => {
  const spec = specOf(
    adminPolicyKind,
    `
metadata: {name: one}
spec:
  priority: 0
  subject: {namespaces: {}}
  ingress:
    - {name: in, action: Pass, from: [{pods: {namespaceSelector: {}, podSelector: {matchLabels: {a: b}}}}]}
  egress:
    - action: Deny
      to: [{nodes: {}}, {networks: [10.0.0.7/8, "fd00::/8"]}, {domainNames: ["*.kubernetes.io"]}, {newer: {}}]
      ports: [{portNumber: {port: 80}}, {namedPort: dns}, {portRange: {protocol: UDP, start: 1, end: 9}}]
`,
  );
  assert.deepEqual(spec.subject, { namespaces: {} });
  assert.deepEqual(spec.egress?.[0]?.to, [
    { nodes: {} },
    { networks: ["10.0.0.0/8", "fd00::/8"] },
    { domainNames: ["*.kubernetes.io"] },
    {},
  ]);
  assert.deepEqual(spec.egress[0].ports, [
    { portNumber: { port: 80 } },
    { namedPort: "dns" },
    { portRange: { protocol: "UDP", start: 1, end: 9 } },
  ]);
});

test("baselineAdminPolicyKind has no Pass", () => {
  const rule = (action: string) => ({
    metadata: { name: "default" },
    spec: { subject: {}, egress: [{ action, to: [] }] },
  });
  assert.ok("value" in parseCustom(baselineAdminPolicyKind, rule("Allow")));
  assert.deepEqual(parseCustom(baselineAdminPolicyKind, rule("Pass")), {
    problem:
      'BaselineAdminNetworkPolicy default: spec.egress[0].action is "Pass", but must be one of Allow, Deny',
  });
});

test("kubernetesClusterPolicyKind reads a policy of either tier", () => {
  const spec = specOf(
    kubernetesClusterPolicyKind,
    `
metadata: {name: one}
spec:
  tier: Baseline
  priority: 1000
  subject: {pods: {podSelector: {}}}
  ingress: [{action: Accept, from: [{namespaces: {}}], protocols: [{tcp: {destinationPort: {number: 80}}}]}]
  egress: [{action: Deny, to: [{networks: [0.0.0.0/0]}], protocols: [{udp: {destinationPort: {range: {start: 1, end: 2}}}}, {sctp: {}}, {destinationNamedPort: web}]}]
`,
  );
  assert.deepEqual(spec.subject, { pods: { podSelector: {} } });
  assert.deepEqual(spec.egress?.[0]?.protocols, [
    { udp: { destinationPort: { range: { start: 1, end: 2 } } } },
    { sctp: {} },
    { destinationNamedPort: "web" },
  ]);
});
