import assert from "node:assert/strict";
import { test } from "node:test";
import type { ComputedChange } from "../computed.ts";
import { anyPeer, memberKey } from "../model.ts";
import {
  address,
  antreaPolicy,
  kubernetesPolicy,
  namespace,
  node,
  pod,
} from "../testing/records.ts";
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

test("policyComputation() gives a Node with a policy all groups that it is applied to, also without members there", () => {
  const appliedTo = [{ podSelector: web }, { podSelector: { matchLabels: { app: "nobody" } } }];
  const policy = antreaPolicy("p", { priority: 1, appliedTo, ingress: [{ action: "Drop" }] });
  const computation = computed(twoNamespaces, (cluster) => cluster.setPolicy(policy));
  for (const node of computation.networkPolicies.span(policy.uid)) {
    const told = computation.networkPolicies.forNode(policy.uid, node);
    assert.equal(told?.appliedToGroups.length, 2);
    for (const group of told?.appliedToGroups ?? []) {
      assert.ok(computation.appliedToGroups.forNode(group, node), node);
      assert.ok([...computation.appliedToGroups.namesFor(node)].includes(group), node);
    }
  }
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

test("policyComputation() fills a group that policies name when it comes, and empties it when it goes", () => {
  const policy = antreaPolicy("p", {
    appliedTo: [{ podSelector: web }],
    ingress: [{ action: "Allow", from: [{ group: "g" }] }],
  });
  const group = { namespace: "", name: "g", spec: { podSelector: { matchLabels: { app: "db" } } } };
  const computation = computed(twoNamespaces, (cluster) => cluster.setPolicy(policy));
  assert.deepEqual(whom(computation, policy.uid).rules[0]?.peers, []);
  assert.equal(computation.problems(policy.uid).length, 1);
  computation.update((cluster) => cluster.setGroup(group));
  assert.deepEqual(whom(computation, policy.uid).rules[0]?.peers, ["pod:a/db", "pod:b/db"]);
  assert.deepEqual(computation.problems(policy.uid), []);
  computation.update((cluster) => cluster.removeGroup(group));
  assert.deepEqual(whom(computation, policy.uid).rules[0]?.peers, []);
});

test("policyComputation() follows a Service that a group refers to", () => {
  const policy = antreaPolicy("p", { appliedTo: [{ group: "g" }], ingress: [{ action: "Drop" }] });
  const service = { namespace: "a", name: "s" };
  const computation = computed(twoNamespaces, (cluster) => {
    cluster.setGroup({ namespace: "", name: "g", spec: { serviceReference: service } });
    cluster.setPolicy(policy);
  });
  assert.deepEqual(whom(computation, policy.uid).appliedTo, []);
  computation.update((cluster) => cluster.setService({ ...service, selector: { app: "web" } }));
  assert.deepEqual(whom(computation, policy.uid).appliedTo, ["pod:a/web"]);
});

test("policyComputation() moves a policy to where its Tier moves", () => {
  const policy = antreaPolicy("p", { tier: "mine" });
  const computation = computed((cluster) => cluster.setPolicy(policy));
  computation.update((cluster) => cluster.setTier({ name: "mine", priority: 33 }));
  assert.equal(computation.networkPolicies.get(policy.uid)?.tierPriority, 33);
});

test("policyComputation() has Nodes as peers", () => {
  const policy = antreaPolicy("p", {
    appliedTo: [{ podSelector: {} }],
    ingress: [{ action: "Drop", from: [{ nodeSelector: {} }] }],
  });
  const computation = computed((cluster) => {
    cluster.setPolicy(policy);
    cluster.setNode(node("n1", { addresses: [address("192.0.2.1")] }));
    cluster.setNode(node("n2", { addresses: [address("192.0.2.2"), address("fd00::2")] }));
    cluster.setNode(node("n3"));
  });
  const { rules } = whom(computation, policy.uid);
  assert.deepEqual(rules[0]?.peers, ["node:n1", "node:n2"]);
});

test("policyComputation() tells the Nodes that a policy is for, each of itself alone, while they bear the labels", () => {
  const labels = { role: "edge" };
  const policy = antreaPolicy("p", {
    appliedTo: [{ nodeSelector: { matchLabels: labels } }],
    ingress: [{ action: "Drop", from: [{ podSelector: {} }] }],
  });
  const computation = computed((cluster) => {
    cluster.setPolicy(policy);
    cluster.setNode(node("n1", { labels }));
    cluster.setNode(node("n2", { labels }));
    cluster.setNode(node("n3"));
  });
  const [group = ""] = computation.networkPolicies.get(policy.uid)?.appliedToGroups ?? [];
  const told = (name: string) => computation.appliedToGroups.forNode(group, name)?.members;
  assert.deepEqual([...computation.networkPolicies.span(policy.uid)], ["n1", "n2"]);
  assert.deepEqual(told("n1"), [{ node: "n1", ips: [], ports: [] }]);
  assert.deepEqual(computation.problems(policy.uid), []);
  computation.update((cluster) => cluster.setNode(node("n1")));
  assert.deepEqual([...computation.networkPolicies.span(policy.uid)], ["n2"]);
  assert.equal(told("n1"), undefined);
});

test("policyComputation() has a policy for the Nodes of a ClusterGroup", () => {
  const policy = antreaPolicy("p", { appliedTo: [{ group: "g" }], egress: [{ action: "Drop" }] });
  const computation = computed((cluster) => {
    cluster.setPolicy(policy);
    cluster.setGroup({ namespace: "", name: "g", spec: { nodeSelector: {} } });
    cluster.setNode(node("n1"));
  });
  assert.deepEqual([...computation.networkPolicies.span(policy.uid)], ["n1"]);
});

test("policyComputation() selects Pods by their ServiceAccount, whatever labels they give themselves", () => {
  const serviceAccount = { namespace: "a", name: "robot" };
  const policy = antreaPolicy("p", {
    appliedTo: [{ serviceAccount }],
    egress: [{ action: "Drop" }],
  });
  const computation = computed((cluster) => {
    cluster.setPolicy(policy);
    cluster.setPod(pod("a/robot", { serviceAccount: "robot" }));
    cluster.setPod(pod("b/robot", { serviceAccount: "robot" }));
    cluster.setPod(pod("a/liar", { labels: { "internal.antrea.io/service-account": "robot" } }));
  });
  assert.deepEqual(whom(computation, policy.uid).appliedTo, ["pod:a/robot"]);
});

test("policyComputation() gives members the ports that their containers name", () => {
  const ports = [{ name: "http", port: 8080, protocol: "TCP" as const }];
  const policy = kubernetesPolicy("a/p", {
    policyTypes: ["Ingress", "Egress"],
    egress: [{ ports: [{ port: "http" }] }],
  });
  const computation = computed((cluster) => {
    cluster.setPolicy(policy);
    cluster.setPod(pod("a/web", { ips: [address("10.0.0.1")], ports }));
  });
  const [applied = ""] = policyGroups(computation);
  const members = computation.appliedToGroups.get(applied)?.members;
  assert.deepEqual(members, [{ pod: { namespace: "a", name: "web" }, ips: [], ports }]);
  const [peers = ""] = computation.addressGroups.names();
  assert.deepEqual(computation.addressGroups.get(peers)?.members[0]?.ports, ports);
});

test("policyComputation() splits a rule anew when a Namespace comes", () => {
  const policy = antreaPolicy("p", {
    appliedTo: [{ podSelector: {} }],
    ingress: [{ action: "Allow", from: [{ namespaces: { match: "Self" } }] }],
  });
  const computation = computed(twoNamespaces, (cluster) => cluster.setPolicy(policy));
  assert.equal(whom(computation, policy.uid).rules.length, 2);
  computation.update((cluster) => cluster.setNamespace(namespace("c")));
  assert.equal(whom(computation, policy.uid).rules.length, 3);
  assert.deepEqual(whom(computation, policy.uid).rules[0], {
    ...{ appliedTo: ["pod:a/db", "pod:a/web"], peers: ["pod:a/db", "pod:a/web"], blocks: [] },
  });
});

test("policyComputation() splits a rule anew when a Namespace has another label that the rule goes by", () => {
  const policy = antreaPolicy("p", {
    appliedTo: [{ podSelector: {} }],
    ingress: [{ action: "Allow", from: [{ namespaces: { sameLabels: ["team"] } }] }],
  });
  const computation = computed(twoNamespaces, (cluster) => cluster.setPolicy(policy));
  const relabel = (name: string, labels: Record<string, string>) => {
    computation.update((cluster) => cluster.setNamespace(namespace(name, labels)));
    return whom(computation, policy.uid).rules.length;
  };
  assert.deepEqual([relabel("a", { team: "x" }), relabel("b", { team: "y" })], [1, 2]);
  assert.deepEqual([relabel("b", { team: "x" }), relabel("b", { env: "y" })], [1, 1]);
  assert.equal(relabel("a", {}), 0);
});

test("policyComputation() gives a Node the rules of a policy that are for somebody on it", () => {
  const policy = antreaPolicy("p", {
    appliedTo: [{ podSelector: web }],
    ingress: [{ action: "Allow", from: [{ namespaces: { match: "Self" } }] }],
  });
  const computation = computed(twoNamespaces, (cluster) => cluster.setPolicy(policy));
  const told = recorded(computation);
  const rulesOn = (node: string) =>
    computation.networkPolicies
      .forNode(policy.uid, node)
      ?.rules.map(({ appliedToGroups }) =>
        appliedToGroups.flatMap((name) =>
          computation.appliedToGroups.forNode(name, node)?.members.map(memberKey),
        ),
      );
  assert.deepEqual(rulesOn("n1"), [["pod:a/web"], ["pod:b/web"]]);
  computation.update((cluster) =>
    cluster.setPod(pod("b/web", { labels: { app: "web" }, nodeName: "n2" })),
  );
  assert.deepEqual(rulesOn("n1"), [["pod:a/web"]]);
  assert.deepEqual(rulesOn("n2"), [["pod:b/web"]]);
  assert.ok(told.some((one) => one.startsWith("policy joined=n2 left= n1:")));
});

test("policyComputation() selects anew when a Namespace has other labels", () => {
  const policy = kubernetesPolicy("a/p", {
    ingress: [{ from: [{ namespaceSelector: { matchLabels: { env: "b" } } }] }],
  });
  const computation = computed(twoNamespaces, (cluster) => cluster.setPolicy(policy));
  computation.update((cluster) => cluster.setNamespace(namespace("b")));
  assert.deepEqual(whom(computation, policy.uid).rules[0]?.peers, []);
  computation.update((cluster) => cluster.setNamespace(namespace("a", { env: "b" })));
  assert.deepEqual(whom(computation, policy.uid).rules[0]?.peers, ["pod:a/db", "pod:a/web"]);
});

test("endpoint() tells the policies that are for a Pod, and the rules that speak of it", () => {
  const own = kubernetesPolicy("a/own", { podSelector: web });
  const other = antreaPolicy("other", {
    appliedTo: [{ podSelector: { matchLabels: { app: "db" } } }],
    ingress: [{ action: "Drop" }, { action: "Allow", name: "web", from: [{ podSelector: web }] }],
  });
  const computation = computed(twoNamespaces, (cluster) => {
    cluster.setPolicy(own);
    cluster.setPolicy(other);
  });
  const endpoint = computation.endpoint({ namespace: "a", name: "web" });
  assert.deepEqual(
    endpoint?.applied.map(({ name }) => name),
    ["own"],
  );
  assert.deepEqual(
    endpoint?.peerOf.map(({ policy, direction, index, name }) => [
      policy.name,
      direction,
      index,
      name,
    ]),
    [["other", "In", 1, "web"]],
  );
  assert.equal(computation.endpoint({ namespace: "a", name: "gone" }), undefined);
});

test("group() tells who is in a group that no policy uses", () => {
  const computation = computed(twoNamespaces, (cluster) => {
    cluster.setGroup({ namespace: "", name: "kid", spec: { podSelector: web } });
    cluster.setGroup({ namespace: "", name: "g", spec: { childGroups: ["kid", "gone"] } });
  });
  const group = computation.group({ namespace: "", name: "g" });
  assert.deepEqual(group?.members.map(memberKey), ["pod:a/web", "pod:b/web"]);
  assert.deepEqual(group?.problems, ["there is no ClusterGroup gone; it counts as empty"]);
  assert.equal(computation.group({ namespace: "a", name: "g" }), undefined);
});

test("counts() follows what is there", () => {
  const policy = kubernetesPolicy("a/p", { ingress: [{ from: [{ podSelector: web }] }] });
  const computation = computed(twoNamespaces, (cluster) => cluster.setPolicy(policy));
  assert.deepEqual(computation.counts(), {
    ...{ pods: 4, namespaces: 2, networkPolicies: 1, addressGroups: 1, appliedToGroups: 1 },
  });
  computation.update((cluster) => {
    cluster.removePolicy(policy);
    for (const name of ["a", "b"]) {
      cluster.removeNamespace(name);
      for (const one of ["web", "db"]) cluster.removePod({ namespace: name, name: one });
    }
  });
  assert.ok(Object.values(computation.counts()).every((count) => count === 0));
});

test("podReceipts keeps the first Pod's where another claims its UID", () => {
  const computation = computed((cluster) => {
    cluster.setPod(pod("a/web", { uid: "one" }));
    cluster.setPod(pod("b/liar", { uid: "one", nodeName: "n2" }));
  });
  assert.deepEqual(computation.podReceipts.get("one")?.pod, { namespace: "a", name: "web" });
  assert.deepEqual([...computation.podReceipts.namesFor("n2")], []);
});

/** The names of its AppliedToGroups, where there is one policy. */
function policyGroups(computation: PolicyComputation): readonly string[] {
  const [policy] = [...computation.networkPolicies.names()];
  return computation.networkPolicies.get(policy ?? "")?.appliedToGroups ?? [];
}
