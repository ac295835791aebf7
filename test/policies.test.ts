import assert from "node:assert/strict";
import { test } from "node:test";
import { patience } from "@antrea/lab";
import { antctl } from "./support/antctl.ts";
import { deletePods, eventually, labForFile, ping, startPods, timeout } from "./support/cluster.ts";
import { steadyPing } from "./support/steady-ping.ts";

/** Policies of every sort between Pods of two Nodes, by packets that come or do not come. */
const lab = labForFile("policies", { nodes: 2 });

let addresses: ReadonlyMap<string, string> = new Map();

/** A policy is in force this long after it was made, on a machine that has much else to do. */
const inForceMs = 10_000 * patience();

const passes = async (from: string): Promise<boolean> =>
  (await ping(lab(), from, addresses.get("server") ?? assert.fail("the server runs"))) > 0;
const becomes = (what: string, wanted: boolean, from = "client"): Promise<void> =>
  eventually(what, async () => (await passes(from)) === wanted, inForceMs);
const remove = (kind: string, name: string) =>
  lab().kubectl(["delete", kind, name, "--ignore-not-found"]);
const inSystem = (...argv: readonly string[]) => lab().kubectl(["-n", "kube-system", ...argv]);

const server = { podSelector: { matchLabels: { app: "server" } } };
const client = { podSelector: { matchLabels: { app: "client" } } };

const kubernetesPolicy = (from: readonly object[]) => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { name: "to-server", namespace: "default" },
  spec: { ...server, policyTypes: ["Ingress"], ingress: from.length > 0 ? [{ from }] : [] },
});

const clusterPolicy = (version: string, action: string) => ({
  apiVersion: `crd.antrea.io/${version}`,
  kind: "ClusterNetworkPolicy",
  metadata: { name: "on-client" },
  spec: {
    ...{ priority: 5, tier: "securityops", appliedTo: [server] },
    ingress: [{ action, from: [client], name: "FromClient" }],
  },
});

/** What `kubectl get acnp` prints of the policy in its columns of Nodes. */
async function nodeColumns(): Promise<string> {
  const text = await lab().kubectl(["get", "acnp", "on-client", "--no-headers"]);
  return text.trim().split(/\s+/).slice(3, 5).join("/");
}

test("policies find Pods that talk across Nodes", async () => {
  addresses = await startPods(lab(), [
    { name: "client", node: "node-1" },
    { name: "other", node: "node-1" },
    { name: "server", node: "node-2" },
  ]);
  assert.ok((await passes("client")) && (await passes("other")));
});

test("a NetworkPolicy of Kubernetes isolates, and lets through whom it names", async () => {
  await lab().apply([kubernetesPolicy([])]);
  const waited = await antctl(
    lab(),
    "machine",
    "wait policy to-server -n default -T K8sNP".split(" "),
  );
  assert.match(waited.out, /^to-server +1 +1 +1$/m, waited.err);
  assert.equal(await passes("client"), false);
  const { out } = await antctl(lab(), "machine", "explain -S client -D server".split(" "));
  assert.match(out, /^Path from node-1 to node-2: /m);
  assert.match(out, /^Flows on node-2 of what decides on ingress: 1\n {2}cookie=.*actions=drop$/m);
  await lab().apply([kubernetesPolicy([client])]);
  await becomes("the client comes through", true);
  assert.equal(await passes("other"), false);
  await remove("networkpolicy", "to-server");
  await becomes("everybody comes through", true, "other");
});

for (const version of ["v1alpha1", "v1beta1"])
  test(`a ClusterNetworkPolicy of ${version} drops, and kubectl says on how many Nodes`, async () => {
    await lab().apply([clusterPolicy(version, "Drop")]);
    await becomes("the client is dropped", false);
    assert.ok(await passes("other"));
    await eventually("its columns are true", async () => (await nodeColumns()) === "1/1");
    await lab().apply([clusterPolicy(version, "Allow")]);
    await becomes("the client comes through again", true);
    await remove("acnp", "on-client");
  });

test("antctl ends the connections that a policy forbids, and others lose nothing", async () => {
  const to = addresses.get("server") ?? assert.fail("the server runs");
  const denied = await steadyPing(lab(), "client", to);
  const allowed = await steadyPing(lab(), "other", to);
  await lab().apply([clusterPolicy("v1beta1", "Drop")]);
  await becomes("the client is dropped", false);
  const ended = async (...more: readonly string[]): Promise<string> =>
    (await antctl(lab(), "machine", ["end", "connections", "--policy", "on-client", ...more])).out;
  const some = /^node-2 +AntreaClusterNetworkPolicy:on-client +ingress 0 FromClient +Drop +[1-9]/m;
  assert.match(await ended("--dry-run"), some);
  assert.match(await ended(), some);
  assert.match(await ended(), /^node-2 +- +- +- +0 /m);
  assert.ok((await denied.stop()).answered > 0);
  assert.deepEqual((await allowed.stop()).lost, []);
  await remove("acnp", "on-client");
  await becomes("the client comes through", true);
});

test("a policy with the annotation ends by itself what it forbids, and says so", async () => {
  const to = addresses.get("server") ?? assert.fail("the server runs");
  const allowed = await steadyPing(lab(), "other", to);
  const denied = await steadyPing(lab(), "client", to);
  const { metadata, ...policy } = clusterPolicy("v1beta1", "Drop");
  const annotations = { "policy.antrea.io/end-connections": "true" };
  await lab().apply([{ ...policy, metadata: { ...metadata, annotations } }]);
  await eventually("an Event tells of it", async () =>
    (
      await lab().kubectl(["get", "events", "-A", "--field-selector", "reason=ConnectionsEnded"])
    ).includes("by AntreaClusterNetworkPolicy:on-client"),
  );
  assert.deepEqual((await allowed.stop()).lost, []);
  await denied.stop();
  await remove("acnp", "on-client");
  await becomes("the client comes through", true);
});

test("kubectl lists what Nodes are told, by the API server's way to the controller", async () => {
  await lab().apply([clusterPolicy("v1beta1", "Drop")]);
  const uid = (
    await lab().kubectl(["get", "acnp", "on-client", "-o", "jsonpath={.metadata.uid}"])
  ).trim();
  await eventually("the policy is among them", async () => {
    const names = await lab().kubectl([
      "get",
      "networkpolicies.controlplane.antrea.io",
      "-o",
      "name",
    ]);
    return names.includes(uid);
  });
});

test("a policy stays in force while no controller is, also when the agent starts anew", async () => {
  await becomes("the client is dropped", false);
  await inSystem("scale", "deployment/antrea-controller", "--replicas=0");
  await inSystem("wait", "--for=delete", "pod", "-l", "component=antrea-controller", timeout(60));
  assert.equal(await passes("client"), false);
  await inSystem("rollout", "restart", "daemonset/antrea-agent");
  for (let i = 0; i < 5; i++) assert.equal(await passes("client"), false, `look ${i}`);
  await inSystem("rollout", "status", "daemonset/antrea-agent", timeout(120));
  assert.equal(await passes("client"), false);
  assert.ok(await passes("other"));

  await inSystem("scale", "deployment/antrea-controller", "--replicas=1");
  await inSystem("rollout", "status", "deployment/antrea-controller", timeout(120));
  assert.equal(await passes("client"), false);
  await eventually("the Node has told the new leader", async () => (await nodeColumns()) === "1/1");
  await remove("acnp", "on-client");
  await becomes("the client comes through", true);
  await deletePods(lab(), "client", "other", "server");
});
