import assert from "node:assert/strict";
import { test } from "node:test";
import { attempt, patience } from "@antrea/lab";
import { configureAgents, eventually, labForFile, startPods } from "./support/cluster.ts";
import { datapathLine } from "./support/datapath.ts";

/** Policies for Nodes themselves, by connections to a process on a Node's own network. */
const lab = labForFile("node-policies", { nodes: 2 });

const inForceMs = 10_000 * patience();
const url = (): string => `http://${lab().node("node-2").address}:80/`;
const curl = () => ["curl", "-s", "-o", "/dev/null", "--max-time", "2", url()] as const;

const fromPod = async (name: string) =>
  (await attempt(lab().kubectlArgv(["exec", name, "--", ...curl()]))).exitCode;

/** How curl ends: 0 is an answer, 7 a refusal, 28 silence. */
const from = {
  pod: () => fromPod("client"),
  farPod: () => fromPod("guest"),
  node: async () => (await lab().node("node-1").attempt(curl())).exitCode,
  itself: async () => (await lab().node("node-2").attempt(curl())).exitCode,
};
const becomes = (who: keyof typeof from, wanted: number): Promise<void> =>
  eventually(`${who} gets ${wanted}`, async () => (await from[who]()) === wanted, inForceMs);

const nodeCalled = (name: string) => ({
  nodeSelector: { matchLabels: { "kubernetes.io/hostname": name } },
});

const nodePolicy = (name: string, node: string, rules: object) => ({
  apiVersion: "crd.antrea.io/v1beta1",
  kind: "ClusterNetworkPolicy",
  metadata: { name },
  spec: { priority: 5, tier: "securityops", appliedTo: [nodeCalled(node)], ...rules },
});

const dropWeb = (peers: readonly object[]) =>
  nodePolicy("web", "node-2", {
    ingress: [{ action: "Drop", from: peers, ports: [{ protocol: "TCP", port: 80 }] }],
  });
const client = { podSelector: { matchLabels: { app: "client" } } };

const status = (name: string, path: string): Promise<string> =>
  lab().kubectl(["get", "acnp", name, "-o", `jsonpath={.status.${path}}`]);
const isInForce = (name: string): Promise<void> =>
  eventually(`${name} is in force`, async () =>
    /^Realized 1\/1$/.test(
      await status(name, "phase} {.status.currentNodesRealized}/{.status.desiredNodesRealized"),
    ),
  );
const remove = (name: string): Promise<string> => lab().kubectl(["delete", "acnp", name]);
const tables = (node: string): Promise<string> => lab().node(node).exec(["nft", "list", "tables"]);

test("a process on a Node's own network answers Pods and Nodes", async () => {
  await startPods(lab(), [
    { name: "client", node: "node-2" },
    { name: "guest", node: "node-1" },
  ]);
  const container = { name: "web", image: "nginx:1.21", imagePullPolicy: "IfNotPresent" };
  await lab().apply([
    {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "web", namespace: "default" },
      spec: { nodeName: "node-2", hostNetwork: true, containers: [container] },
    },
  ]);
  for (const who of ["pod", "farPod", "node", "itself"] as const) await becomes(who, 0);
});

test("a policy for Nodes says that the feature gate is off", async () => {
  await lab().apply([dropWeb([client])]);
  await eventually("its status says so", async () =>
    /node-2: .*feature gate NodeNetworkPolicy is off/.test(
      await status("web", "conditions[*].message"),
    ),
  );
  assert.equal(await from.pod(), 0);
  await remove("web");
});

test("a policy for Nodes drops Pods and other Nodes, whom it names and on its Node alone", async () => {
  await configureAgents(lab(), `featureGates:\n  NodeNetworkPolicy: true\n${datapathLine}`);
  await lab().apply([dropWeb([client])]);
  await isInForce("web");
  assert.deepEqual([await from.pod(), await from.node(), await from.itself()], [28, 0, 0]);
  await lab().apply([dropWeb([client, nodeCalled("node-1")])]);
  await becomes("node", 28);
  assert.deepEqual(
    [await from.farPod(), await from.itself()],
    [28, 0],
    "it has its Node's address",
  );
  assert.doesNotMatch(await tables("node-1"), /antrea-node-policy/);
  await remove("web");
  await becomes("pod", 0);
  await becomes("node", 0);
  assert.doesNotMatch(await tables("node-2"), /antrea-node-policy/);
});

test("a policy for Nodes rejects what its Node begins, and leaves Pods there alone", async () => {
  const to = [{ ipBlock: { cidr: `${lab().node("node-2").address}/32` } }];
  await lab().apply([nodePolicy("out", "node-1", { egress: [{ action: "Reject", to }] })]);
  await isInForce("out");
  assert.deepEqual([await from.node(), await from.farPod()], [7, 0]);
  await remove("out");
  await becomes("node", 0);
});

test("a Node that is cut off from all hears of the end of the policy, also when its agent starts anew", async () => {
  const all = { ingress: [{ action: "Drop" }], egress: [{ action: "Drop" }] };
  await lab().apply([nodePolicy("all", "node-2", all)]);
  await isInForce("all");
  assert.deepEqual([await from.node(), await from.itself()], [28, 0]);
  assert.notEqual(await from.pod(), 0, "kubectl does not reach the kubelet there");
  await lab().kubectl(["-n", "kube-system", "rollout", "restart", "daemonset/antrea-agent"]);
  for (let i = 0; i < 5; i++) assert.equal(await from.node(), 28, `look ${i}`);
  await lab().kubectl(["-n", "kube-system", "rollout", "status", "daemonset/antrea-agent"]);
  assert.equal(await from.node(), 28);
  await remove("all");
  await becomes("node", 0);
});
