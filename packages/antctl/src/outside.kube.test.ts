import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { agentInfoKind, controllerInfoKind, definitionOf } from "@antrea/api";
import { isKubeError, type KubeObject, type Resource, resource, resources } from "@antrea/kube";
import { startApiServer, type TestApiServer } from "@antrea/kube/testing";

/** The program itself against a real kube-apiserver, as on a person's machine. */
let api: TestApiServer;
before(async () => {
  api = await startApiServer();
  const { client } = api;
  const definitions: Resource = resources.customResourceDefinitions;
  for (const kind of [agentInfoKind, controllerInfoKind]) {
    await client.create(definitions, definitionOf(kind));
  }
  await client.create(resources.nodes, { metadata: { name: "node-1" } });
  const apiVersion = "crd.antrea.io/v1beta1";
  const infos = resource<KubeObject>(
    apiVersion,
    agentInfoKind.kind,
    agentInfoKind.plural,
    "cluster",
  );
  const info = {
    apiVersion,
    kind: agentInfoKind.kind,
    metadata: { name: "node-1" },
    version: "v0.1.0",
    networkInfo: { trafficEncapMode: "hybrid", podMTU: 1450 },
  };
  for (;;) {
    try {
      await client.create(infos, info);
      return;
    } catch (error) {
      if (!isKubeError(error, "not-found")) throw error;
      await sleep(50); // until the server serves the new kind
    }
  }
});
after(() => api?.stop());

async function antctl(...args: readonly string[]) {
  const main = fileURLToPath(new URL("./main.ts", import.meta.url));
  const child = spawn(process.execPath, [main, ...args, "--kubeconfig", api.kubeconfig]);
  const [out, err] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  return { code: child.exitCode, out, err };
}

test("antctl reads info objects of a real cluster, and ends", async () => {
  const run = await antctl("get", "agentinfo", "node-1", "-o", "yaml");
  assert.deepEqual([run.code, run.err], [0, ""]);
  assert.match(run.out, /^trafficEncapMode: hybrid$/m);
  const version = await antctl("version");
  assert.match(version.out, /^agentVersions:\n {2}v0\.1\.0: 1$/m);
});

test("antctl says on a real cluster that no controller and no agent have come up", async () => {
  const controller = await antctl("get", "controllerinfo");
  assert.equal(controller.code, 1);
  assert.match(controller.err, /There is no AntreaControllerInfo/);
  const nodes = await antctl("get", "nodes");
  assert.equal(nodes.code, 1);
  assert.match(
    nodes.err,
    /No Pod antrea-agent runs on Node node-1\. Look at them: kubectl -n kube-system/,
  );
});
