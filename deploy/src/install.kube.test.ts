import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { text } from "node:stream/consumers";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import {
  agentInfoKind,
  apiVersionOfKind,
  environment,
  objectNames,
  podCidrClaimKind,
} from "@antrea/api";
import { systemClock } from "@antrea/base/io";
import { type KubeObject, resource, resources } from "@antrea/kube";
import { policyApiDefinitions } from "@antrea/lab/assets";
import { apiVersion } from "@antrea/policy/controlplane";
import {
  freePorts,
  kubeAssets,
  requestsOf,
  startApiServer,
  startProcess,
  type TestApiServer,
  unusedOf,
} from "@antrea/kube/testing";
import { stringify } from "yaml";
import { controllerAccount } from "./rbac.ts";
import { isWebhooks, manifestObjects, withUrls } from "./testing/webhook-urls.ts";

/** The manifest against a real kube-apiserver: it is accepted, and its rules are exactly what is used. */

const guidePolicy = fileURLToPath(new URL("testdata/strict-ns-isolation.yml", import.meta.url));
const manifest = fileURLToPath(new URL("../antrea.yml", import.meta.url));
const program = fileURLToPath(new URL("../../packages/controller/src/main.ts", import.meta.url));
let server: TestApiServer;
let folder: string;
let auditLog: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "antrea-deploy-"));
  auditLog = join(folder, "audit.log");
  const policy = join(folder, "audit.yml");
  await writeFile(
    policy,
    "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata}]\n",
  );
  server = await startApiServer({
    args: [`--audit-policy-file=${policy}`, `--audit-log-path=${auditLog}`],
  });
});

after(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function kubectl(...args: readonly string[]): Promise<string> {
  const command = join(kubeAssets(), "kubectl");
  const all = ["--kubeconfig", server.kubeconfig, ...args];
  return (await promisify(execFile)(command, all, { encoding: "utf8" })).stdout;
}

async function until<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
  const deadline = AbortSignal.timeout(30_000);
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (deadline.aborted) assert.fail(`not seen: ${what}`);
    await systemClock.sleep(50);
  }
}

test("antrea.yml is accepted by the server as it stands, and changes nothing the second time", async () => {
  await kubectl("apply", "--dry-run=server", "--validate=strict", "-f", manifest);
  await kubectl("apply", "--validate=strict", "-f", manifest);
  const again = await kubectl("apply", "--validate=strict", "-f", manifest);
  const changed = again.split("\n").filter((line) => line !== "" && !line.endsWith(" unchanged"));
  assert.deepEqual(changed, []);
});

test("the guide's order works: its ConfigMap first, then antrea.yml, then its ConfigMap again", async () => {
  const own = join(folder, "own.yml");
  const configMap = [
    "apiVersion: v1",
    "kind: ConfigMap",
    "metadata: {name: antrea-config, namespace: kube-system}",
    "data:",
    "  antrea-agent.conf: |",
    "    trafficEncapMode: hybrid",
    "",
  ].join("\n");
  await writeFile(own, configMap);
  const keys = async (): Promise<readonly string[]> => {
    const map = await server.client.get(resources.configMaps, {
      namespace: objectNames.namespace,
      name: objectNames.configMap,
    });
    return Object.keys(map.data ?? {}).sort();
  };
  await kubectl("-n", "kube-system", "delete", "configmap", "antrea-config");
  await kubectl("apply", "-f", own);
  await kubectl("apply", "-f", manifest);
  assert.deepEqual(await keys(), [
    "antrea-agent.conf",
    "antrea-cni.conflist",
    "antrea-controller.conf",
  ]);
  await kubectl("apply", "-f", own);
  assert.deepEqual(await keys(), ["antrea-agent.conf"]);
  await kubectl("apply", "-f", manifest);
});

test("the columns of the info objects are the ones that people know", async () => {
  const infos = { antreaagentinfos: "aai", antreacontrollerinfos: "aci", podcidrclaims: "pcc" };
  for (const [plural, short] of Object.entries(infos))
    await until(plural, () =>
      kubectl("get", short).then(
        () => true,
        () => false,
      ),
    );
  await addInfo("node-x", "hybrid");
  const [head = "", row = ""] = (await kubectl("get", "aai", "-o", "wide")).split("\n");
  assert.deepEqual(head.trim().split(/\s{2,}/), [
    "NAME",
    "HEALTHY",
    "LAST HEARTBEAT",
    "VERSION",
    "NODE",
    "NUM PODS",
    "SUBNETS",
    "MODE",
  ]);
  assert.match(row, /^node-x +True +\d+s +v0\.1\.0 +node-x +3 +\["10\.10\.1\.0\/24"\] +hybrid/);
  await kubectl("delete", "aai", "node-x");
});

test("the server refuses an AntreaAgentInfo that is not what the schema says", async () => {
  await assert.rejects(addInfo("node-y", "magic"), /Unsupported value: "magic"/);
});

function addInfo(name: string, trafficEncapMode: string): Promise<KubeObject> {
  return server.client.create<KubeObject>(infos, {
    apiVersion: apiVersionOfKind(agentInfoKind),
    kind: agentInfoKind.kind,
    metadata: { name },
    version: "v0.1.0",
    nodeRef: { name },
    localPodNum: 3,
    nodeSubnets: ["10.10.1.0/24"],
    networkInfo: { trafficEncapMode },
    agentConditions: [
      { type: "AgentHealthy", status: "True", lastHeartbeatTime: new Date().toISOString() },
    ],
  } as KubeObject);
}

const infos = resource(
  apiVersionOfKind(agentInfoKind),
  agentInfoKind.kind,
  agentInfoKind.plural,
  "cluster",
);

test("the controller's rules are what it needs, and every verb of them is used", async () => {
  const user = `system:serviceaccount:${objectNames.namespace}:${objectNames.controller}`;
  const kubeconfig = (await server.accessAs(`/CN=${user}`)).source.split(" ").at(-1) ?? "";
  const config = join(folder, "antrea-controller.conf");
  const [port] = await freePorts(1);
  await writeFile(
    config,
    `apiPort: ${port}\nnodeIPAM:\n  enableNodeIPAM: true\n  clusterCIDRs: [10.70.0.0/23]\nclientConnection:\n  kubeconfig: ${kubeconfig}\nfeatureGates:\n  AdminNetworkPolicy: true\n  ClusterNetworkPolicy: true\n`,
  );
  process.env[environment.podIp] = "127.0.0.1";
  const webhooks = join(folder, "webhooks.yml");
  const objects = manifestObjects().filter(isWebhooks);
  await writeFile(
    webhooks,
    objects.map((one) => stringify(withUrls(one, port ?? 0))).join("---\n"),
  );
  await kubectl("replace", "-f", webhooks);
  await kubectl("apply", "--server-side", ...policyApiDefinitions().flatMap((one) => ["-f", one]));
  await leaveHalfDone();
  const running = startProcess(
    process.execPath,
    [program, "--config", config, "--api-socket", join(folder, "controller.sock")],
    join(folder, "controller.log"),
  );
  try {
    await liveThroughEverything();
    await until("the default Tiers", async () =>
      (await kubectl("get", "tiers", "--no-headers")).includes("baseline"),
    );
    await kubectl("apply", "-f", guidePolicy);
    await addProductionPod();
    await until(
      "the status of a policy",
      async () => (await kubectl("get", "acnp", "-o", "jsonpath={.items[*].status.phase}")) !== "",
    );
    await until("antctl's account reads the API", async () =>
      /"NodeIPAMHealthy"/.test(await readApi(port ?? 0, "/controllerinfo").catch(() => "")),
    );
    await readComputed(kubeconfig);
  } catch (error) {
    throw new Error(running.tail(), { cause: error });
  } finally {
    await running.stop();
  }

  const asked = requestsOf(await readFile(auditLog, "utf8"), user);
  const refusals = asked.filter(({ code }) => code === 403);
  assert.deepEqual(refusals, []);
  const all = [...controllerAccount.clusterRules, ...controllerAccount.namespaceRules];
  assert.deepEqual(unusedOf(all, asked), []);
});

/** As antctl does in the controller's Pod. No Service leads to the controller here: what is asked for is allowed, and not answered. */
async function readComputed(kubeconfig: string): Promise<void> {
  for (const kind of ["networkpolicies", "addressgroups", "appliedtogroups"])
    await kubectl("--kubeconfig", kubeconfig, "get", "--raw", `/apis/${apiVersion}/${kind}`).catch(
      () => {},
    );
}

/** Whom the guide's policy is for. */
async function addProductionPod(): Promise<void> {
  const { client } = server;
  const namespace = "production";
  const labels = { env: namespace };
  await client.create<KubeObject>(resources.namespaces, { metadata: { name: namespace, labels } });
  await client.create<KubeObject>(resources.pods, {
    metadata: { namespace, name: "web" },
    spec: {
      ...{ nodeName: "b", automountServiceAccountToken: false },
      containers: [{ name: "main", image: "none" }],
    },
  } as KubeObject);
}

/** Reads the controller's API as antctl's ServiceAccount, and trusts whom the controller says. */
async function readApi(port: number, path: string): Promise<string> {
  const { namespace, antctl, authorities: name, authoritiesKey } = objectNames;
  const { data } = await server.client.get(resources.configMaps, { namespace, name });
  const token = (await kubectl("-n", namespace, "create", "token", antctl)).trim();
  const outgoing = request({
    ...{ host: "127.0.0.1", port, path, agent: false, ca: data?.[authoritiesKey] },
    headers: { authorization: `Bearer ${token}` },
  });
  outgoing.end();
  const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
  return text(answer);
}

/** What a controller leaves behind that dies between the claim of a block and its Node. */
async function leaveHalfDone(): Promise<void> {
  const { client } = server;
  const node = await client.create<KubeObject>(resources.nodes, { metadata: { name: "half" } });
  const { kind, plural } = podCidrClaimKind;
  const apiVersion = apiVersionOfKind(podCidrClaimKind);
  const spec = { cidr: "10.70.0.0/24", nodeName: "half", nodeUID: node.metadata?.uid ?? "" };
  await client.create(
    resource<KubeObject & { readonly spec: typeof spec }>(apiVersion, kind, plural, "cluster"),
    {
      ...{ apiVersion, kind },
      metadata: { name: "10.70.0.0-24" },
      spec,
    },
  );
}

/** Nodes that come, go, and collide; an agent's info of a Node that is gone; a full network. */
async function liveThroughEverything(): Promise<void> {
  const { client } = server;
  const podCidrs = async (name: string) =>
    (await client.find(resources.nodes, { name }))?.spec?.podCIDRs;
  const addNode = (name: string, podCIDR?: string) =>
    client.create<KubeObject>(resources.nodes, {
      metadata: { name },
      ...(podCIDR ? { spec: { podCIDR, podCIDRs: [podCIDR] } } : {}),
    });
  await until("half", () => podCidrs("half"));
  await addInfo("gone", "encap");
  await until("the info is removed", async () => !(await client.find(infos, { name: "gone" })));
  await addNode("b", "10.70.1.0/24");
  await addNode("b-too", "10.70.1.0/24"); // a claim that is there already is read
  await until("a repeated Event on the Nodes that overlap", async () => {
    const { items } = await client.list(resources.events, { namespace: "default" });
    return items.find(({ reason, count = 0 }) => reason === "PodCIDROverlap" && count > 1);
  });
  await addNode("c");
  await client.delete(resources.nodes, { name: "half" });
  await until("c", () => podCidrs("c"));
}
