import assert from "node:assert/strict";
import { test } from "node:test";
import type {
  AdminPolicyRecord,
  BaselineAdminPolicyRecord,
  KubernetesClusterPolicyRecord,
} from "../computation/records.ts";
import { network } from "../testing/records.ts";
import { readable } from "../testing/readable.ts";
import { compileAdminPolicy } from "./admin-policy.ts";
import { compileClusterPolicy } from "./cluster-policy.ts";

const identity = { namespace: "", name: "p", uid: "uid", generation: 1 };
const all = { namespaces: {} };
const allPods = "namespaceSelector= And podSelector=";
const web = { matchLabels: { app: "web" } };

function admin(spec: Partial<AdminPolicyRecord["spec"]>) {
  const record: AdminPolicyRecord = {
    ...identity,
    kind: "AdminNetworkPolicy",
    spec: { priority: 7, subject: all, ...spec },
  };
  return compileAdminPolicy(record);
}

function cluster(spec: Partial<KubernetesClusterPolicyRecord["spec"]>) {
  const record: KubernetesClusterPolicyRecord = {
    ...identity,
    kind: "K8sClusterNetworkPolicy",
    spec: { tier: "Admin", priority: 7, subject: all, ...spec },
  };
  return compileClusterPolicy(record);
}

test("compileAdminPolicy() stands before Kubernetes' own policies, the baseline behind them", () => {
  const baseline: BaselineAdminPolicyRecord = {
    ...identity,
    kind: "BaselineAdminNetworkPolicy",
    spec: { subject: all },
  };
  assert.deepEqual(placeOf(admin({})), [251, 7]);
  assert.deepEqual(placeOf(compileAdminPolicy(baseline)), [254, 0]);
  assert.deepEqual(placeOf(cluster({})), [220, 7]);
  assert.deepEqual(placeOf(cluster({ tier: "Baseline" })), [254, 7]);
});

test("compileAdminPolicy() reads subjects, peers and ports of every sort", () => {
  const compiled = admin({
    subject: { pods: { namespaceSelector: web, podSelector: web } },
    ingress: [{ action: "Pass", name: "in", from: [all] }],
    egress: [
      {
        action: "Deny",
        to: [
          { nodes: web },
          { networks: [network("10.0.0.0/8"), network("fd00::/8")] },
          { pods: { namespaceSelector: {}, podSelector: web } },
        ],
        ports: [{ portNumber: { port: 80, protocol: "UDP" } }, { portRange: { start: 1, end: 9 } }],
      },
    ],
  });
  assert.deepEqual(readable(compiled), [
    "for namespaceSelector=app=web And podSelector=app=web",
    `In 0 Pass {${allPods}}`,
    "Out 0 Drop {nodeSelector=app=web | namespaceSelector= And podSelector=app=web | 10.0.0.0/8 | fd00::/8} on UDP port=80, TCP port=1 endPort=9",
  ]);
  assert.equal(compiled.policy.rules[0]?.name, "in");
});

test("compileAdminPolicy() takes a port's name for one of any protocol", () => {
  const compiled = admin({
    ingress: [{ action: "Deny", from: [all], ports: [{ namedPort: "http" }] }],
  });
  assert.equal(
    readable(compiled)[1],
    `In 0 Drop {${allPods}} on TCP port=http, UDP port=http, SCTP port=http`,
  );
});

test("compileAdminPolicy() lets a rule that it does not know all of allow nothing, or deny everything", () => {
  const unknown = (action: "Allow" | "Deny" | "Pass") =>
    admin({
      ingress: [
        { action, from: [{}] },
        { action, from: [] },
        { action, from: [all], ports: [{}, { portNumber: { port: 80 } }] },
      ],
      egress: [{ action, to: [{}, all] }],
    });
  const denied = ["In 0", "In 1", "In 2", "Out 0"].map((rule) => `${rule} Drop {anybody}`);
  assert.deepEqual(readable(unknown("Allow")).slice(1), []);
  assert.deepEqual(readable(unknown("Deny")).slice(1), denied);
  assert.deepEqual(readable(unknown("Pass")).slice(1), denied);
  assert.equal(unknown("Allow").problems.length, 4);
});

test("compileAdminPolicy() is for nobody where it does not know the subject", () => {
  const compiled = admin({ subject: {}, ingress: [{ action: "Deny", from: [all] }] });
  assert.equal(readable(compiled)[0], "for nobody");
  assert.equal(compiled.problems.length, 1);
});

test("compileAdminPolicy() allows nothing by names of DNS", () => {
  const compiled = admin({ egress: [{ action: "Allow", to: [{ domainNames: ["a.example"] }] }] });
  assert.equal(readable(compiled)[1], "Out 0 Allow {}");
  assert.deepEqual(compiled.problems, [
    "spec.egress[0].to[0]: names of DNS are not enforced yet; nothing is allowed by it",
  ]);
});

test("compileClusterPolicy() reads actions and protocols of every sort", () => {
  const compiled = cluster({
    ingress: [
      {
        action: "Accept",
        from: [all],
        protocols: [
          { tcp: { destinationPort: { number: 80 } } },
          { udp: { destinationPort: { range: { start: 1, end: 9 } } } },
          { sctp: {} },
        ],
      },
      { action: "Deny", from: [all], protocols: [{ destinationNamedPort: "http" }] },
      { action: "Pass", from: [all], protocols: [{ tcp: { destinationPort: {} } }] },
    ],
  });
  assert.deepEqual(readable(compiled).slice(1), [
    `In 0 Allow {${allPods}} on TCP port=80, UDP port=1 endPort=9, SCTP`,
    `In 1 Drop {${allPods}} on TCP port=http, UDP port=http, SCTP port=http`,
    `In 2 Drop {anybody}`,
  ]);
  assert.equal(compiled.problems.length, 1);
});

function placeOf({ policy }: ReturnType<typeof admin>): readonly unknown[] {
  return [policy.tierPriority, policy.priority];
}
