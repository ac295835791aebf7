import assert from "node:assert/strict";
import { test } from "node:test";
import { featureGates, type GateStates, gateNames } from "@antrea/api";
import { clusterParts, type ClusterObjects } from "../reference/index.ts";
import { planPolicies } from "./plan-policies.ts";

const gates = Object.fromEntries(
  gateNames.map((name) => [name, featureGates[name].default]),
) as GateStates;

const pod = (name: string, node: string, ip: string) => ({
  metadata: { namespace: "shop", name, uid: name, labels: { app: name } },
  spec: {
    nodeName: node,
    containers: [{ ports: [{ name: "sql", containerPort: 5432, protocol: "TCP" }] }],
  },
  status: { phase: "Running", podIP: ip, podIPs: [{ ip }] },
});
const node = (name: string, ip: string) => ({
  metadata: { name, uid: name, labels: {} },
  status: { addresses: [{ type: "InternalIP", address: ip }] },
});
const app = (name: string) => ({ podSelector: { matchLabels: { app: name } } });

const acnp = (spec: object, name = "one") => ({
  ...{ apiVersion: "crd.antrea.io/v1beta1", kind: "ClusterNetworkPolicy" },
  ...{ metadata: { name }, spec: { priority: 5, ...spec } },
});
const onlySql = {
  ...{ apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" },
  metadata: { namespace: "shop", name: "only-sql" },
  spec: { ...app("db"), ingress: [{ ports: [{ port: "sql" }] }] },
};
const stored = {
  ...onlySql,
  metadata: { ...onlySql.metadata, uid: "u-1", generation: 4 },
  spec: {
    ...onlySql.spec,
    policyTypes: ["Ingress"],
    ingress: [{ ports: [{ port: "sql", protocol: "TCP" }] }],
  },
};

function objects(more: Partial<ClusterObjects> = {}): ClusterObjects {
  const none = Object.fromEntries(clusterParts.map((part) => [part, []])) as unknown;
  return {
    ...(none as ClusterObjects),
    namespaces: [{ metadata: { name: "shop" } }],
    nodes: [
      node("node-1", "172.18.0.1"),
      node("node-2", "172.18.0.2"),
      node("node-3", "172.18.0.3"),
    ],
    pods: [
      pod("web", "node-1", "10.1.0.11"),
      pod("db", "node-2", "10.2.0.12"),
      pod("other", "node-3", "10.3.0.13"),
    ],
    tiers: [{ metadata: { name: "platform" }, spec: { priority: 200 } }],
    ...more,
  };
}

interface More {
  readonly cluster?: Partial<ClusterObjects>;
  readonly isDelete?: boolean;
  readonly open?: Partial<GateStates>;
}

const plan = (manifest: readonly unknown[], { cluster, isDelete = false, open }: More = {}) =>
  planPolicies({
    cluster: objects(cluster),
    manifest: { objects: manifest, isDelete, namespace: "shop" },
    gates: { ...gates, ...open },
  });

test("planPolicies() says which Nodes are told of a new policy, for which Pods, and who is denied", async () => {
  const { objects: judged, nodes, pairs, problems } = await plan([onlySql]);
  assert.deepEqual(problems, []);
  assert.deepEqual(
    judged.map(({ kind, namespace, name, action }) => [kind, namespace, name, action]),
    [["NetworkPolicy", "shop", "only-sql", "create"]],
  );
  assert.deepEqual(
    nodes.map(({ node: name, pods, policies }) => [name, pods, policies.added.map((p) => p.name)]),
    [["node-2", ["shop/db"], ["only-sql"]]],
  );
  assert.equal(nodes[0]?.change.networkPolicies.put[0]?.generation, 1);
  assert.equal(pairs.allowed.connections, 0);
  assert.deepEqual(
    pairs.denied.examples.map(({ from, to, traffic }) => [from, to, traffic]),
    [
      ["192.0.2.1", "shop/db", ["TCP 80"]],
      ["shop/web", "shop/db", ["TCP 80"]],
      ["shop/other", "shop/db", ["TCP 80"]],
    ],
  );
  assert.match(pairs.denied.examples[0]?.reason ?? "", /NetworkPolicy shop\/only-sql isolates it/);
});

test("planPolicies() keeps what is there as the API server has written it out", async () => {
  const {
    objects: judged,
    nodes,
    pairs,
  } = await plan([onlySql], {
    cluster: { networkPolicies: [stored] },
  });
  assert.equal(judged[0]?.action, "keep");
  assert.deepEqual(nodes, []);
  assert.equal(pairs.denied.connections + pairs.allowed.connections, 0);
});

test("planPolicies() tells of a change by the UID and the next generation, and of a deletion by what ends", async () => {
  const cluster = { networkPolicies: [stored] };
  const closed = { ...onlySql, spec: app("db") };
  const changed = await plan([closed], { cluster });
  const [policy] = changed.nodes[0]?.change.networkPolicies.put ?? [];
  assert.deepEqual([policy?.uid, policy?.generation], ["u-1", 5]);
  assert.deepEqual(changed.pairs.denied.examples[0]?.traffic, ["TCP 5432"]);

  const gone = await plan([onlySql], { cluster, isDelete: true });
  assert.deepEqual(gone.nodes[0]?.change.networkPolicies, { put: [], removed: ["u-1"] });
  assert.deepEqual(gone.nodes[0]?.pods, ["shop/db"]);
  assert.deepEqual(
    gone.pairs.allowed.examples.map(({ from, traffic }) => [from, traffic]),
    [
      ["192.0.2.1", ["TCP 80"]],
      ["shop/web", ["TCP 80"]],
      ["shop/other", ["TCP 80"]],
    ],
  );
  const none = await plan([acnp({}, "ghost")], { cluster, isDelete: true });
  assert.equal(none.objects[0]?.action, "absent");
});

test("planPolicies() judges each object with those before it in place", async () => {
  const tier = {
    ...{ apiVersion: "crd.antrea.io/v1beta1", kind: "Tier", metadata: { name: "mine" } },
    spec: { priority: 7 },
  };
  const drop = { appliedTo: [app("web")], egress: [{ action: "Drop", to: [app("db")] }] };
  const inTier = acnp({ ...drop, tier: "mine" });
  const inOrder = await plan([tier, inTier]);
  assert.deepEqual(
    inOrder.objects.map(({ action }) => action),
    ["create", "create"],
  );
  assert.equal(inOrder.nodes[0]?.change.networkPolicies.put[0]?.tierPriority, 7);
  const outOfOrder = await plan([inTier, tier]);
  assert.deepEqual(
    outOfOrder.objects.map(({ action }) => action),
    ["refuse", "create"],
  );
  assert.match(outOfOrder.objects[0]?.reasons[0] ?? "", /^spec\.tier is "mine", but must be/);
  assert.deepEqual(outOfOrder.nodes, []);
});

test("planPolicies() says what a Service changes for the policies of groups that are behind it", async () => {
  const service = (selector: unknown) => ({
    ...{ apiVersion: "v1", kind: "Service", metadata: { namespace: "shop", name: "front" } },
    spec: { selector, ports: [{ port: 80 }] },
  });
  const group = {
    ...{ apiVersion: "crd.antrea.io/v1beta1", kind: "ClusterGroup", metadata: { name: "front" } },
    spec: { serviceReference: { namespace: "shop", name: "front" } },
  };
  const noFront = acnp({
    appliedTo: [app("db")],
    ingress: [{ action: "Drop", from: [{ group: "front" }] }],
  });
  const cluster = {
    services: [service({ app: "web" })],
    clusterGroups: [group],
    antreaClusterPolicies: [{ ...noFront, metadata: { name: "one", uid: "p", generation: 1 } }],
  };
  const { objects: judged, nodes, pairs } = await plan([service({ app: "other" })], { cluster });
  assert.deepEqual(
    judged.map(({ kind, name, action }) => [kind, name, action]),
    [["Service", "front", "change"]],
  );
  assert.deepEqual(
    nodes.map(({ node: name, pods, policies }) => [name, pods, policies.changed[0]?.name]),
    [["node-2", ["shop/db"], "one"]],
  );
  assert.ok(pairs.denied.connections > 0 && pairs.allowed.connections > 0);
  const same = await plan([service({ app: "web" })], { cluster });
  assert.deepEqual([same.objects[0]?.action, same.nodes], ["keep", []]);
  const gone = await plan([service({ app: "web" })], { cluster, isDelete: true });
  assert.deepEqual([gone.objects[0]?.action, gone.nodes.length], ["delete", 1]);
  const bad = await plan([service({ app: 7 })], { cluster });
  assert.equal(bad.objects[0]?.action, "refuse");
  assert.match(bad.objects[0]?.reasons[0] ?? "", /^spec\.selector\.app is 7, but must be/);
});

test("planPolicies() goes on after what is refused, and loses nothing of the rest", async () => {
  const { objects: judged, nodes } = await plan([
    7,
    { kind: "NetworkPolicy" },
    acnp({}, "\u001b[2Jgone"),
    { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "web" } },
    { apiVersion: "crd.antrea.io/v9", kind: "Tier", metadata: { name: "new" } },
    {
      ...{ apiVersion: "policy.networking.k8s.io/v1alpha1", kind: "AdminNetworkPolicy" },
      metadata: { name: "theirs" },
      spec: { priority: 1, subject: { namespaces: {} } },
    },
    acnp({ appliedTo: [app("web")], ingress: [{ action: "Drip" }] }),
    onlySql,
  ]);
  assert.deepEqual(
    judged.map(({ action }) => action),
    ["refuse", "refuse", "refuse", "ignore", "refuse", "ignore", "refuse", "create"],
  );
  assert.equal(
    judged[2]?.reasons[0],
    'metadata.name is "\\u001b[2Jgone", but must be a name of lower-case letters, digits, - and .',
  );
  assert.match(judged[4]?.reasons[0] ?? "", /must be crd\.antrea\.io\/v1beta1 or/);
  assert.deepEqual(judged[5]?.reasons, ["feature gate AdminNetworkPolicy is closed"]);
  assert.match(judged[6]?.reasons[0] ?? "", /^spec\.ingress\[0\]\.action is "Drip"/);
  assert.equal(nodes.length, 1);
});

test("planPolicies() has the API server refuse what is Antrea's while its gate is closed, and does not count it", async () => {
  const cluster = {
    antreaClusterPolicies: [
      {
        ...acnp({ appliedTo: [app("db")], ingress: [{ action: "Drop" }] }),
        metadata: { name: "old", uid: "p" },
      },
    ],
  };
  const open = { AntreaPolicy: false };
  const {
    objects: judged,
    nodes,
    pairs,
  } = await plan([acnp({}, "new"), onlySql], { cluster, open });
  assert.deepEqual(
    judged.map(({ action }) => action),
    ["refuse", "create"],
  );
  assert.match(judged[0]?.reasons[0] ?? "", /open the feature gate AntreaPolicy/);
  assert.equal(nodes.length, 1);
  assert.ok(pairs.denied.connections > 0, "what is not counted denied nobody before");
});

test("planPolicies() follows a group to the policies that name it", async () => {
  const group = (label: string) => ({
    ...{ apiVersion: "crd.antrea.io/v1beta1", kind: "ClusterGroup" },
    ...{ metadata: { name: "friends", uid: "g" }, spec: app(label) },
  });
  const policy = acnp({
    appliedTo: [app("db")],
    ingress: [{ action: "Drop", from: [{ group: "friends" }] }],
  });
  const cluster = {
    clusterGroups: [group("web")],
    antreaClusterPolicies: [{ ...policy, metadata: { name: "one", uid: "p", generation: 1 } }],
  };
  const { nodes, pairs } = await plan([group("other")], { cluster });
  assert.deepEqual(
    nodes.map((one) => [one.node, one.policies.changed[0]?.name]),
    [["node-2", "one"]],
  );
  const pairsOf = (one: typeof pairs.denied) => one.examples.map(({ from, to }) => `${from} ${to}`);
  assert.deepEqual(pairsOf(pairs.denied), ["shop/other shop/db"]);
  assert.deepEqual(pairsOf(pairs.allowed), ["shop/web shop/db"]);
});

test("planPolicies() says what would not be enforced as it is written", async () => {
  const { problems } = await plan([
    acnp({ appliedTo: [app("web")], egress: [{ action: "Allow", to: [{ fqdn: "a.example" }] }] }),
  ]);
  assert.match(problems[0] ?? "", /^AntreaClusterNetworkPolicy one: .*names of DNS/);
});

test("planPolicies() has a thousand Nodes of forty Pods, and as many policies, behind it soon", async (t) => {
  const team = (i: number): string => `team-${i % 50}`;
  const podOf = (i: number, j: number) => ({
    ...pod("", `node-${i}`, `10.${100 + (i >> 8)}.${i & 255}.${j + 2}`),
    metadata: {
      ...{ namespace: team(i), name: `p-${i}-${j}`, uid: `${i}-${j}` },
      labels: { app: `app-${j}` },
    },
  });
  const policyOf = (i: number) => ({
    metadata: { namespace: team(i), name: `policy-${i}`, uid: `u-${i}`, generation: 1 },
    spec: { ...app(`app-${i % 40}`), ingress: [{ from: [app(`app-${(i + 7) % 40}`)] }] },
  });
  const thousand = Array.from({ length: 1_000 }, (_, i) => i);
  const cluster = {
    namespaces: thousand.slice(0, 50).map((i) => ({ metadata: { name: team(i) } })),
    nodes: thousand.map((i) => node(`node-${i}`, `172.${18 + (i >> 8)}.${i & 255}.1`)),
    pods: thousand.flatMap((i) => Array.from({ length: 40 }, (_, j) => podOf(i, j))),
    networkPolicies: thousand.map(policyOf),
  };
  const dropping = {
    appliedTo: [app("app-3")],
    ingress: [{ action: "Drop", from: [app("app-4")] }],
  };
  const startedMs = performance.now();
  const cpu = process.cpuUsage();
  const found = await plan([acnp(dropping)], { cluster });
  const { user, system } = process.cpuUsage(cpu);
  t.diagnostic(
    `${found.nodes.length} Nodes, ${found.pairs.judged} connections: ${Math.round(performance.now() - startedMs)} ms, ${Math.round((user + system) / 1_000)} ms of processor`,
  );
  assert.equal(found.nodes.length, 1_000);
  assert.ok(found.pairs.denied.connections > 0);
  assert.ok(user + system < 8_000_000, "far more than the second or two that it takes");
});
