import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeNode } from "../testing/fake-agent.ts";
import { type FakeSetting, runAntctl } from "../testing/run-antctl.ts";

const pod = (name: string, node: string, ip: string) => ({
  metadata: { namespace: "shop", name, uid: name, labels: { app: name } },
  spec: { nodeName: node, containers: [{}] },
  status: { phase: "Running", podIP: ip, podIPs: [{ ip }] },
});
const node = (name: string, ip: string) => ({
  metadata: { name, uid: name, labels: {} },
  status: { addresses: [{ type: "InternalIP", address: ip }] },
});

const manifest = `
apiVersion: crd.antrea.io/v1alpha1
kind: ClusterNetworkPolicy
metadata: {name: no-web}
spec:
  priority: 5
  appliedTo: [{podSelector: {matchLabels: {app: db}}}]
  ingress: [{action: Drop, from: [{podSelector: {matchLabels: {app: web}}}]}]
---
apiVersion: crd.antrea.io/v1beta1
kind: Tier
metadata: {name: mine}
spec: {priority: 250}
---
# a document of comments alone
`;

const outside: FakeSetting = {
  place: "outside",
  nodes: [fakeNode(1, 1), fakeNode(2, 1)],
  files: { "policies.yaml": manifest, "broken.yaml": `${manifest}---\nkind: [\n` },
  objects: {
    namespaces: [{ metadata: { name: "shop" } }],
    nodes: [node("node-1", "172.30.1.11"), node("node-2", "172.30.1.12")],
    pods: [pod("web", "node-1", "10.244.1.5"), pod("db", "node-2", "10.244.2.5")],
  },
};

test("antctl plan -f of policies tells objects, Nodes, flows and connections", async () => {
  const { code, out, err } = await runAntctl(outside, "plan -f policies.yaml --diff");
  assert.equal(err, "");
  assert.equal(code, 1, "the Tier is refused");
  assert.match(out, /^NODE +POLICIES +PODS +FLOWS +PROBLEMS\nnode-2 +\+1 +1 +\+1 +-$/m);
  assert.match(out, /^--- node-2\n\+ ip$/m);
  assert.match(out, /^ClusterNetworkPolicy no-web would be created$/m);
  assert.match(out, /^Tier mine would be refused: spec\.priority is 250, .*must be a free number/m);
  assert.match(out, /^Flows, on all Nodes together: IngressRule \+1; most on node-2, 1 more\.$/m);
  assert.match(out, /^- shop\/web -> shop\/db: TCP 80, by ClusterNetworkPolicy \(Antrea\) no-web/m);
  assert.match(out, /kubectl apply -f FILE/);
});

test("antctl plan -f of policies for Nodes tells what changes of their own table", async () => {
  const host = ["+ nft set x ipv4_addr", "+ nft rule a drop", "- nft rule b drop"];
  const agents = { planPolicies: () => ({ flows: [], host, problems: [] }) };
  const { out } = await runAntctl({ ...outside, agents }, "plan -f policies.yaml --diff");
  assert.match(out, /FLOWS +HOST +PROBLEMS\nnode-2 +\+1 +1 +the same +\+2 -1 +-$/m);
  assert.match(out, /^--- node-2\n\+ nft set x ipv4_addr\n\+ nft rule a drop\n- nft rule b drop$/m);
  assert.match(out, /^Of Nodes themselves, on all together: nft set \+1, nft rule \+1 -1\.$/m);
});

test("antctl plan -f of policies prints all of it as data", async () => {
  const { out } = await runAntctl(outside, "plan -f policies.yaml -o json");
  const told = JSON.parse(out) as {
    readonly objects: readonly { readonly action: string }[];
    readonly nodes: readonly { readonly node: string; readonly pods: readonly string[] }[];
    readonly pairs: { readonly denied: { readonly pairs: number } };
  };
  assert.deepEqual(
    told.objects.map(({ action }) => action),
    ["create", "refuse"],
  );
  assert.deepEqual(
    told.nodes.map(({ node: name, pods }) => [name, pods]),
    [["node-2", ["shop/db"]]],
  );
  assert.equal(told.pairs.denied.pairs, 1);
});

test("antctl plan -f of policies plans what can be read, and says what cannot", async () => {
  const { code, out } = await runAntctl(outside, "plan -f broken.yaml");
  assert.equal(code, 1);
  assert.match(out, /no-web would be created/);
  assert.match(out, /^Document 4: /m);
});

test("antctl plan -f of policies says whose flows it does not know", async () => {
  const { code, out, err } = await runAntctl(
    { ...outside, away: ["node-2"] },
    "plan -f policies.yaml",
  );
  assert.equal(code, 1);
  assert.match(out, /^node-2 +\+1 +1 +unknown +No Pod antrea-agent runs on Node node-2\.$/m);
  assert.equal(err, "");
});

test("antctl plan --delete tells what would end", async () => {
  const { out } = await runAntctl(outside, "plan -f policies.yaml --delete");
  assert.match(out, /^ClusterNetworkPolicy no-web is not there$/m);
  assert.match(out, /No Node would be told of anything/);
  assert.match(out, /kubectl delete -f FILE/);
});

test("antctl plan refuses what does not go together", async () => {
  const codeOf = async (line: string) => (await runAntctl(outside, line)).code;
  assert.equal(await codeOf("plan -f policies.yaml --mode encap"), 2);
  assert.equal(await codeOf("plan -f policies.yaml --watch"), 2);
  assert.equal(await codeOf("plan --mode encap --delete"), 2);
  const { err } = await runAntctl({ ...outside, place: "agent" }, "plan -f policies.yaml");
  assert.match(err, /on a machine with a kubeconfig/);
});
