import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeClient, ListQuery, Resource } from "@antrea/kube";
import { kubeCluster } from "./kube-cluster.ts";

const options = { signal: new AbortController().signal };
const request = { method: "GET", path: "/version", query: {}, body: "" } as const;

/** A cluster that has these objects, by the plural of their kind. */
function clusterWith(objects: Readonly<Record<string, readonly object[]>>) {
  const asked: { readonly plural: string; readonly query: ListQuery | undefined }[] = [];
  const client = {
    server: "https://api.test:6443",
    list: async ({ plural }: Resource, query?: ListQuery) => {
      asked.push({ plural, query });
      return { items: objects[plural] ?? [], resourceVersion: "1", continue: undefined };
    },
    find: async ({ plural }: Resource, { name }: { name: string }) =>
      (objects[plural] ?? []).find(
        (object) => (object as { metadata: { name: string } }).metadata.name === name,
      ),
  } as unknown as KubeClient; // the calls that a cluster makes
  const ran: unknown[] = [];
  const cluster = kubeCluster(client, (place) => async (command) => {
    ran.push({ ...place, command });
    return { exitCode: 0, stdout: '{"status":200,"body":"{}"}', stderr: "" };
  });
  return { cluster, asked, ran };
}

const pod = (name: string, phase: string, more = {}) => ({
  metadata: { name, ...more },
  spec: { nodeName: "node-1" },
  status: { phase, podIPs: [{ ip: "10.0.0.1" }] },
});

test("kubeCluster() reads info objects, in the order of their names", async () => {
  const { cluster } = clusterWith({
    antreaagentinfos: [
      { metadata: { name: "node-2" }, version: "v1", networkInfo: { trafficEncapMode: "hybrid" } },
      { metadata: { name: "node-1" }, version: "v1" },
    ],
    antreacontrollerinfos: [{ metadata: { name: "antrea-controller" }, version: "v1" }],
    nodes: [{ metadata: { name: "node-1" }, spec: { providerID: "aws:///a/i-0" } }],
  });
  assert.deepEqual(
    (await cluster.agentInfos(options)).map(({ name, networkInfo }) => [
      name,
      networkInfo?.trafficEncapMode,
    ]),
    [
      ["node-1", undefined],
      ["node-2", "hybrid"],
    ],
  );
  assert.equal((await cluster.controllerInfo(options))?.version, "v1");
  assert.deepEqual(await cluster.nodes(options), [{ name: "node-1", providerID: "aws:///a/i-0" }]);
  assert.equal(await clusterWith({}).cluster.controllerInfo(options), undefined);
});

test("kubeCluster() says which object is not as it should be", async () => {
  const { cluster } = clusterWith({
    antreaagentinfos: [{ metadata: { name: "node-1" }, version: 3 }],
  });
  await assert.rejects(cluster.agentInfos(options), {
    message:
      /AntreaAgentInfo node-1: version is 3, but must be a text\. Use an antctl of the version/,
  });
});

test("kubeCluster() execs into the running agent Pod of a Node, and not into one that is going", async () => {
  const { cluster, asked, ran } = clusterWith({
    pods: [
      pod("antrea-agent-old", "Running", { deletionTimestamp: "2026-01-01T00:00:00Z" }),
      pod("antrea-agent-new", "Running"),
    ],
  });
  await cluster.toAgent("node-1")(request, options);
  assert.deepEqual(asked[0]?.query, {
    namespace: "kube-system",
    labelSelector: "app=antrea,component=antrea-agent",
    fieldSelector: "spec.nodeName=node-1",
  });
  assert.deepEqual(ran, [
    {
      pod: "antrea-agent-new",
      container: "antrea-agent",
      command: ["antctl", "__api", "GET", "/version"],
    },
  ]);
  await cluster.toController()(request, options);
  assert.equal(asked[1]?.query?.fieldSelector, undefined);
});

test("kubeCluster() says that no Pod runs, and what its Pods are instead", async () => {
  const { cluster } = clusterWith({ pods: [pod("antrea-agent-x", "Pending")] });
  await assert.rejects(cluster.toAgent("node-1")(request, options), {
    message:
      /^No Pod antrea-agent runs on Node node-1 \(antrea-agent-x is Pending\)\. Look at them: kubectl/,
  });
  await assert.rejects(clusterWith({}).cluster.toController()(request, options), {
    message: /^No Pod antrea-controller runs\. Look/,
  });
});
