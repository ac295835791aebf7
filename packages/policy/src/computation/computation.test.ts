import assert from "node:assert/strict";
import { test } from "node:test";
import type { ComputedChange } from "../computed.ts";
import { anyPeer, memberKey } from "../model.ts";
import { address, antreaPolicy, kubernetesPolicy, namespace, pod } from "../testing/records.ts";
import { policyComputation } from "./computation.ts";
import type { ClusterUpdate, PolicyComputation } from "./interface.ts";

const web = { matchLabels: { app: "web" } };

/** Two Namespaces of two Pods each, on two Nodes. */
function twoNamespaces(cluster: ClusterUpdate): void {
  for (const [i, name] of ["a", "b"].entries()) {
    cluster.setNamespace(namespace(name, { env: name }));
    cluster.setPod(
      pod(`${name}/web`, { labels: { app: "web" }, ips: [address(`10.0.${i}.1`)], nodeName: "n1" }),
    );
    cluster.setPod(
      pod(`${name}/db`, { labels: { app: "db" }, ips: [address(`10.0.${i}.2`)], nodeName: "n2" }),
    );
  }
}

function computed(...tell: readonly ((cluster: ClusterUpdate) => void)[]): PolicyComputation {
  const computation = policyComputation();
  for (const one of tell) computation.update(one);
  return computation;
}

const byText = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** The Pods of each of the policy's AppliedToGroups, and of the groups of its rules' peers. */
function whom(computation: PolicyComputation, uid: string) {
  const policy = computation.networkPolicies.get(uid);
  assert.ok(policy);
  const applied = (names: readonly string[]) =>
    names
      .flatMap((name) => computation.appliedToGroups.get(name)?.members.map(memberKey) ?? [])
      .toSorted(byText);
  const peers = (names: readonly string[]) =>
    names
      .flatMap((name) => computation.addressGroups.get(name)?.members.map(memberKey) ?? [])
      .toSorted(byText);
  return {
    policy,
    appliedTo: applied(policy.appliedToGroups),
    rules: policy.rules.map((rule) => ({
      appliedTo: applied(rule.appliedToGroups),
      peers: peers(rule.peer.addressGroups),
      blocks: rule.peer.ipBlocks.map(({ cidr }) => cidr),
    })),
  };
}

/** What listeners are told, each as `kind joined=… left=… stayed=… +added -removed`. */
function recorded(computation: PolicyComputation): string[] {
  const told: string[] = [];
  const record = (kind: string) => (change: ComputedChange) => {
    const nodes = (of: Iterable<string>) => [...of].join("+");
    const parts = [`joined=${nodes(change.joined)}`, `left=${nodes(change.left)}`];
    for (const node of change.stayed) {
      const { added, removed } = change.membersFor(node);
      parts.push(`${node}:`, ...added.map((one) => `+${memberKey(one)}`));
      parts.push(...removed.map((one) => `-${memberKey(one)}`));
    }
    told.push([kind, ...parts].join(" "));
  };
  computation.networkPolicies.onChange(record("policy"));
  computation.addressGroups.onChange(record("address"));
  computation.appliedToGroups.onChange(record("applied"));
  computation.podReceipts.onChange(record("receipt"));
  return told;
}

test("policyComputation() makes groups of a NetworkPolicy's selectors", () => {
  const policy = kubernetesPolicy("a/p", {
    podSelector: web,
    ingress: [
      { from: [{ podSelector: {} }, { namespaceSelector: { matchLabels: { env: "b" } } }] },
    ],
  });
  const computation = computed(twoNamespaces, (cluster) => cluster.setPolicy(policy));
  const { appliedTo, rules } = whom(computation, policy.uid);
  assert.deepEqual(appliedTo, ["pod:a/web"]);
  assert.deepEqual(rules[0]?.peers, ["pod:a/db", "pod:a/web", "pod:b/db", "pod:b/web"]);
  assert.deepEqual([...computation.networkPolicies.span(policy.uid)], ["n1"]);
  assert.deepEqual([...computation.networkPolicies.namesFor("n2")], []);
});

test("policyComputation() gives the same groups to a policy that comes before everything it selects", () => {
  const policy = kubernetesPolicy("a/p", { podSelector: web, ingress: [{}] });
  const before = computed((cluster) => cluster.setPolicy(policy), twoNamespaces);
  const after = computed(twoNamespaces, (cluster) => cluster.setPolicy(policy));
  assert.deepEqual(whom(before, policy.uid), whom(after, policy.uid));
  assert.deepEqual(whom(before, policy.uid).policy.rules[0]?.peer, anyPeer);
});

test("policyComputation() lets equal selectors share a group", () => {
  const computation = computed(twoNamespaces, (cluster) => {
    cluster.setPolicy(kubernetesPolicy("a/p", { podSelector: web }));
    cluster.setPolicy(
      kubernetesPolicy("a/q", {
        podSelector: { matchExpressions: [{ key: "app", operator: "In", values: ["web", "web"] }] },
      }),
    );
  });
  assert.equal(computation.counts().appliedToGroups, 1);
});

test("policyComputation() tells groups before the policy that uses them, and after it of those it leaves", () => {
  const policy = kubernetesPolicy("a/p", {
    podSelector: web,
    ingress: [{ from: [{ podSelector: web }] }],
  });
  const computation = computed(twoNamespaces);
  const told = recorded(computation);
  computation.update((cluster) => cluster.setPolicy(policy));
  computation.update((cluster) => cluster.removePolicy(policy));
  assert.deepEqual(told, [
    "address joined=n1 left=",
    "applied joined=n1 left=",
    "policy joined=n1 left=",
    "policy joined= left=n1",
    "applied joined= left=n1",
    "address joined= left=n1",
  ]);
  assert.equal(computation.counts().addressGroups, 0);
});

test("policyComputation() tells one member where one Pod changes", () => {
  const policy = kubernetesPolicy("a/p", { ingress: [{ from: [{ namespaceSelector: {} }] }] });
  const computation = computed(twoNamespaces, (cluster) => cluster.setPolicy(policy));
  const told = recorded(computation);
  computation.update((cluster) => cluster.setPod(pod("b/new", { ips: [address("10.0.1.9")] })));
  computation.update((cluster) => cluster.setPod(pod("b/new", { ips: [address("10.0.1.8")] })));
  assert.deepEqual(told, [
    "address joined= left= n1: +pod:b/new n2: +pod:b/new",
    "receipt joined=n1 left=",
    "address joined= left= n1: +pod:b/new -pod:b/new n2: +pod:b/new -pod:b/new",
  ]);
});

test("policyComputation() moves a policy with the Pods that it is for", () => {
  const policy = kubernetesPolicy("a/p", {
    podSelector: web,
    ingress: [{ from: [{ podSelector: {} }] }],
  });
  const computation = computed(twoNamespaces, (cluster) => cluster.setPolicy(policy));
  const told = recorded(computation);
  computation.update((cluster) => {
    cluster.removePod(pod("a/web"));
    cluster.setPod(pod("a/web2", { labels: { app: "web" }, nodeName: "n3" }));
  });
  assert.deepEqual(told, [
    "address joined=n3 left=",
    "applied joined=n3 left=",
    "policy joined=n3 left=n1",
    "applied joined= left=n1",
    "address joined= left=n1",
    "receipt joined= left=n1",
    "receipt joined=n3 left=",
  ]);
});

test("policyComputation() says nothing of an event that changes nothing", () => {
  const policy = antreaPolicy("p", {
    appliedTo: [{ podSelector: web }],
    ingress: [{ action: "Drop" }],
  });
  const computation = computed(twoNamespaces, (cluster) => cluster.setPolicy(policy));
  const told = recorded(computation);
  computation.update(twoNamespaces);
  computation.update((cluster) => cluster.setPolicy(structuredClone(policy)));
  computation.update((cluster) => {
    cluster.removePod(pod("a/web"));
    twoNamespaces(cluster);
  });
  assert.deepEqual(told, []);
});

test("policyComputation() keeps Pods out that are on their Node's network, finished, or nowhere yet", () => {
  const policy = kubernetesPolicy("a/p", { ingress: [{ from: [{ podSelector: {} }] }] });
  const ips = [address("10.0.0.1")];
  const computation = computed((cluster) => {
    cluster.setPolicy(policy);
    cluster.setPod(pod("a/host", { ips, hostNetwork: true }));
    cluster.setPod(pod("a/done", { ips, isFinished: true }));
    cluster.setPod(pod("a/waiting", { nodeName: undefined }));
    cluster.setPod(pod("a/starting"));
    cluster.setPod(pod("a/running", { ips }));
  });
  const { appliedTo, rules } = whom(computation, policy.uid);
  assert.deepEqual(appliedTo, ["pod:a/running", "pod:a/starting"]);
  assert.deepEqual(rules[0]?.peers, ["pod:a/running"]);
  assert.deepEqual([...computation.podReceipts.names()].toSorted(byText), [
    "uid-a/running",
    "uid-a/starting",
  ]);
});

test("policyComputation() takes one of the same name and another UID for another policy", () => {
  const policy = kubernetesPolicy("a/p");
  const computation = computed(twoNamespaces, (cluster) => cluster.setPolicy(policy));
  const told = recorded(computation);
  computation.update((cluster) => cluster.setPolicy({ ...policy, uid: "another" }));
  assert.deepEqual([...computation.networkPolicies.names()], ["another"]);
  assert.deepEqual(told, ["policy joined= left=n1+n2", "policy joined=n1+n2 left="]);
});
