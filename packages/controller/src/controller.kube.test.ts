import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { text } from "node:stream/consumers";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import {
  apiVersionOfKind,
  agentInfoKind,
  type ControllerConfig,
  customKinds,
  definitionOf,
  objectNames,
  parseControllerConfig,
} from "@antrea/api";
import { callLocalApi, controllerApi } from "@antrea/api/local-api";
import { unixTransport } from "@antrea/api/local-api/io";
import { rootLogger, systemClock } from "@antrea/base/io";
import { certificateAuthority } from "@antrea/base/io/certificates";
import {
  indexedStore,
  isKubeError,
  type KubeClient,
  type KubeObject,
  type Resource,
  resources,
} from "@antrea/kube";
import { startApiServer, type TestApiServer } from "@antrea/kube/testing";
import type { TierRecord } from "@antrea/policy";
import { type Cidr, cidrsOverlap, parseCidr } from "@antrea/net";
import { agentInfos, controllerInfos, modeChanges, podCidrClaims } from "./cluster/records.ts";
import { controller } from "./controller.ts";
import { ipamApi } from "./io/ipam-api.ts";
import { knowledge } from "./knowledge.ts";
import { lead } from "./leader.ts";

const signal = AbortSignal.timeout(120_000);
let server: TestApiServer;
let client: KubeClient;
let folder: string;
const logged: string[] = [];
const log = rootLogger("test", "debug", (line) => void logged.push(line));

before(async () => {
  server = await startApiServer();
  client = server.client;
  folder = await mkdtemp(join(tmpdir(), "antrea-controller-"));
  for (const kind of customKinds)
    await client.create<KubeObject>(resources.customResourceDefinitions, definitionOf(kind));
  for (const resource of [agentInfos, controllerInfos, modeChanges, podCidrClaims])
    await until(`${resource.plural} are served`, () =>
      client.list<KubeObject>(resource).then(
        () => true,
        () => false,
      ),
    );
});

after(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Asks the API; whom it trusts is of interest only where `ca` is given. */
async function httpsGet(port: number, path: string, token?: string, ca?: string) {
  const outgoing = request({
    ...{ host: "127.0.0.1", port, path, agent: false },
    ...(ca === undefined ? { rejectUnauthorized: false } : { ca }),
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });
  outgoing.end();
  const [answer] = (await once(outgoing, "response", { signal })) as [IncomingMessage];
  return { status: answer.statusCode ?? 0, body: await text(answer) };
}

/** As kube-apiserver asks, without a token. */
async function askAboutTier(port: number): Promise<string> {
  const object = { metadata: { name: "mine" }, spec: { priority: 50 } };
  const outgoing = request({
    ...{ host: "127.0.0.1", port, path: "/validate/tier", method: "POST", agent: false },
    rejectUnauthorized: false,
  });
  outgoing.end(
    JSON.stringify({
      ...{ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview" },
      request: {
        ...{ uid: "u", operation: "CREATE", name: "mine", userInfo: {}, object },
        kind: { group: "crd.antrea.io", kind: "Tier" },
      },
    }),
  );
  const [answer] = (await once(outgoing, "response", { signal })) as [IncomingMessage];
  return text(answer);
}

/** A token of a new ServiceAccount that may get these paths. */
async function readerToken(name: string, paths: readonly string[]): Promise<string> {
  const { namespace } = objectNames;
  await client.create(resources.serviceAccounts, { metadata: { namespace, name } });
  await client.create(resources.clusterRoles, {
    metadata: { name },
    rules: [{ nonResourceURLs: [...paths], verbs: ["get"] }],
  });
  await client.create(resources.clusterRoleBindings, {
    metadata: { name },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
    subjects: [{ kind: "ServiceAccount", name, namespace }],
  });
  const answer = await client.request({
    method: "POST",
    path: `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
    body: JSON.stringify({
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: {},
    }),
  });
  return (answer as { readonly status: { readonly token: string } }).status.token;
}

/** Polls the server, since what is waited for is the server's state. */
async function until<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
  const deadline = AbortSignal.timeout(20_000);
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (deadline.aborted) assert.fail(`not seen: ${what}\n${logged.slice(-20).join("")}`);
    await systemClock.sleep(30, { signal });
  }
}

function config(text: string): ControllerConfig {
  const parsed = parseControllerConfig(text, "antrea-controller.conf");
  assert.ok(parsed.kind === "accepted", JSON.stringify(parsed));
  return { ...parsed.config, apiPort: 0 };
}

function ipamConfig(cluster: string, mask = 24): ControllerConfig {
  return config(
    `nodeIPAM:\n  enableNodeIPAM: true\n  clusterCIDRs: ["${cluster}"]\n  nodeCIDRMaskSizeIPv4: ${mask}\n`,
  );
}

function start(name: string, own: ControllerConfig) {
  const program = controller({
    ...{ config: own, client, log, clock: systemClock, random: Math.random },
    env: { POD_NAME: name, POD_NAMESPACE: "kube-system", NODE_NAME: "node-0", POD_IP: "127.0.0.1" },
    incarnation: name,
    socketPath: join(folder, `${name}.sock`),
    tlsFolder: folder,
  });
  return {
    program,
    socket: join(folder, `${name}.sock`),
    [Symbol.asyncDispose]: () => program.stop(),
  };
}

async function addNode(name: string, podCIDR?: string): Promise<void> {
  const spec = podCIDR ? { podCIDR, podCIDRs: [podCIDR] } : {};
  await client.create(resources.nodes, { metadata: { name }, spec } as KubeObject);
}

async function podCidrs(name: string): Promise<readonly string[] | undefined> {
  const node = await client.find(resources.nodes, { name });
  return node?.spec?.podCIDRs;
}

async function claimed(): Promise<Readonly<Record<string, string>>> {
  const { items } = await client.list(podCidrClaims);
  return Object.fromEntries(items.map((one) => [one.spec.cidr, one.spec.nodeName]));
}

/** Controllers that run remove claims and infos by themselves, so what is gone is well. */
async function clear(): Promise<void> {
  const all: readonly Resource[] = [resources.nodes, podCidrClaims, agentInfos, modeChanges];
  for (const resource of all)
    for await (const { metadata } of client.items(resource))
      await client.delete(resource, { name: metadata?.name ?? "" }).catch((error: unknown) => {
        if (!isKubeError(error, "not-found")) throw error;
      });
}

test("controller() gives Nodes Pod CIDRs, follows them as they go, and says so", async () => {
  await using one = start("one", ipamConfig("10.20.0.0/23"));
  await one.program.start(signal);
  await addNode("a");
  await addNode("b");
  assert.deepEqual(await until("a", () => podCidrs("a")), ["10.20.0.0/24"]);
  assert.deepEqual(await until("b", () => podCidrs("b")), ["10.20.1.0/24"]);
  assert.deepEqual(await claimed(), { "10.20.0.0/24": "a", "10.20.1.0/24": "b" });

  await addNode("c"); // nothing is left
  const event = await until("an Event on c", async () => {
    const { items } = await client.list(resources.events, { namespace: "default" });
    return items.find(({ involvedObject }) => involvedObject.name === "c");
  });
  assert.equal(event.reason, "CIDRNotAvailable");
  assert.match(event.message ?? "", /all 2 blocks of \/24 in 10\.20\.0\.0\/23 are taken/);
  const unhealthy = await until("the condition", async () => {
    const info = await client.find(controllerInfos, { name: "antrea-controller" });
    return info?.controllerConditions?.find(
      ({ type, status }) => type === "NodeIPAMHealthy" && status === "False",
    );
  });
  assert.equal(unhealthy.reason, "Exhausted");

  await client.delete(resources.nodes, { name: "a" });
  assert.deepEqual(await until("c", () => podCidrs("c")), ["10.20.0.0/24"]);
  assert.deepEqual(await claimed(), { "10.20.0.0/24": "c", "10.20.1.0/24": "b" });
  await clear();
});

test("controller() removes the AntreaAgentInfo of a Node that is gone, and of no other", async () => {
  await using one = start("infos", config(""));
  const info = (name: string) =>
    client.create(agentInfos, {
      apiVersion: apiVersionOfKind(agentInfoKind),
      kind: "AntreaAgentInfo",
      metadata: { name },
      agentConditions: [
        { type: "AgentHealthy", status: "True", lastHeartbeatTime: new Date().toISOString() },
      ],
    });
  await addNode("stays");
  await info("stays");
  await info("gone-before");
  await one.program.start(signal);
  await until(
    "the stale info is removed",
    async () => !(await client.find(agentInfos, { name: "gone-before" })),
  );
  assert.ok(await client.find(agentInfos, { name: "stays" }));
  assert.equal(await podCidrs("stays"), undefined, "Node IPAM is off");

  const told = await until("the count", async () => {
    const now = await client.find(controllerInfos, { name: "antrea-controller" });
    return now?.connectedAgentNum === 1 && now;
  });
  assert.equal(told.version, "v0.1.0");
  await client.delete(resources.nodes, { name: "stays" });
  await until(
    "its info is removed",
    async () => !(await client.find(agentInfos, { name: "stays" })),
  );
  await clear();
});

test("controller() answers antctl, the kubelet and Prometheus", async () => {
  await using one = start("api", ipamConfig("10.30.0.0/16"));
  await one.program.start(signal);
  const http = (path: string, token?: string) => httpsGet(one.program.apiPort, path, token);
  await until("ready", async () => (await http("/readyz")).status === 200);
  for (const path of ["/livez", "/healthz"]) assert.equal((await http(path)).body, "ok");
  const nameless = await http("/metrics");
  assert.equal(nameless.status, 401);
  assert.match(nameless.body, /"kind":"Status".*"reason":"Unauthorized"/);

  const reader = await readerToken("reader", ["/metrics", "/controllerinfo"]);
  const metrics = await until("metrics of the leader", async () => {
    const { body } = await http("/metrics", reader);
    return body.includes("free_blocks{") && body;
  });
  assert.match(metrics, /antrea_controller_leader 1/);
  assert.match(
    metrics,
    /antrea_controller_node_ipam_free_blocks\{network="10\.30\.0\.0\/16"\} 256/,
  );
  assert.match((await http("/controllerinfo", reader)).body, /"ControllerHealthy"/);
  const refusal = await http("/featuregates", reader);
  assert.equal(refusal.status, 403);
  assert.match(refusal.body, /may not get \\"\/featuregates\\"/);

  const transport = unixTransport(one.socket);
  const ask = { signal };
  const version = await callLocalApi(controllerApi.version, {}, transport, ask);
  assert.deepEqual(version, { component: "antrea-controller", version: "v0.1.0" });
  const gates = await callLocalApi(controllerApi.featureGates, {}, transport, ask);
  assert.deepEqual(
    gates.filter(({ status }) => status === "Enabled").map(({ name }) => name),
    ["AntreaPolicy", "NodeIPAM"],
  );
  const info = await callLocalApi(controllerApi.controllerInfo, {}, transport, ask);
  assert.equal(info.podRef?.name, "api");
  assert.match(info.controllerConditions?.[1]?.message ?? "", /256 of 256 blocks/);
  const level = { body: { level: "trace" } } as const;
  assert.deepEqual(
    await callLocalApi(controllerApi.setLogLevel, level, transport, ask),
    level.body,
  );
  log.level = "debug";
});

test("controllers tell together whom to trust, and a client that trusts them is content", async () => {
  const { authorities: name, authoritiesKey: key, namespace } = objectNames;
  await client.create(resources.configMaps, { metadata: { namespace, name } });
  await using first = start("trusted-1", config(""));
  await using second = start("trusted-2", config(""));
  await Promise.all([first.program.start(signal), second.program.start(signal)]);
  const ca = await until("both authorities", async () => {
    const text = (await client.get(resources.configMaps, { namespace, name })).data?.[key] ?? "";
    return text.match(/BEGIN CERTIFICATE/g)?.length === 2 && text;
  });
  for (const { program } of [first, second])
    assert.equal((await httpsGet(program.apiPort, "/livez", undefined, ca)).body, "ok");
  await assert.rejects(httpsGet(first.program.apiPort, "/livez", undefined, server.access.tls.ca));
});

test("controller() shows the certificate of the Secret where selfSignedCert is false, and tells its authority alone", async () => {
  const { authorities: name, authoritiesKey: key, namespace } = objectNames;
  const term = { nowMs: Date.now(), forMs: 3_600_000 };
  const names = {
    commonName: "given",
    dnsNames: ["localhost"],
    ipAddresses: [new Uint8Array([127, 0, 0, 1])],
  };
  const given = await certificateAuthority(names, "rsa", term);
  const pair = await given.issue(term.nowMs, term.forMs);
  await writeFile(join(folder, "tls.crt"), pair.cert);
  await writeFile(join(folder, "tls.key"), pair.key);
  await writeFile(join(folder, "ca.crt"), given.cert);
  await using one = start("given", config("selfSignedCert: false\n"));
  await one.program.start(signal);
  assert.equal((await httpsGet(one.program.apiPort, "/livez", undefined, given.cert)).body, "ok");
  await until("its authority, and no other", async () => {
    const { data } = await client.get(resources.configMaps, { namespace, name });
    return data?.[key] === given.cert;
  });
});

test("controller() stands by while another one leads, and takes over when that one stops", async () => {
  await using first = start("first", ipamConfig("10.40.0.0/16"));
  await using second = start("second", ipamConfig("10.40.0.0/16"));
  await first.program.start(signal);
  const transport = unixTransport(second.socket);
  await until("first leads", async () => {
    const lease = await client.find(resources.leases, {
      namespace: "kube-system",
      name: "antrea-controller",
    });
    return lease?.spec?.holderIdentity === "first_first";
  });
  await second.program.start(signal);
  for (const { program } of [first, second])
    await until("both answer the API server about Tiers", async () =>
      /"allowed":false.*is the one of Tier emergency/.test(await askAboutTier(program.apiPort)),
    );
  await until("second knows", async () => {
    const asked = callLocalApi(controllerApi.controllerInfo, {}, transport, { signal });
    return asked.then(
      () => false,
      (error: Error) => error.message.includes("first_first leads"),
    );
  });
  await addNode("a");
  await until("a", () => podCidrs("a"));
  await first.program.stop();
  await addNode("b");
  assert.deepEqual(await until("b", () => podCidrs("b")), ["10.40.1.0/24"]);
  await clear();
});

test("lead() gives no block twice, with two that both believe they lead", async () => {
  const end = new AbortController();
  const twins = [1, 2].map((n) => {
    const own = {
      config: ipamConfig("10.50.0.0/20", 26),
      identity: { nodeName: "", podName: `twin-${n}`, podNamespace: "kube-system" },
      ...{ client, random: Math.random, clock: systemClock, log },
    };
    const knows = knowledge({ ...own, watched: [], counter: `twin-${n}`, onConfirmed: () => {} });
    const tiers = indexedStore<TierRecord>().store;
    const deps = { ...own, ipamApi: ipamApi(client), tiers, note: () => {} };
    return { knows, term: lead(deps, knows, () => {}, end.signal) };
  });
  const names = Array.from({ length: 60 }, (_, i) => `twin-node-${i}`);
  await addNode("set-by-hand", "10.50.0.64/26");
  await Promise.all(names.map((name) => addNode(name)));
  const held: Cidr[] = [];
  for (const name of [...names, "set-by-hand"])
    held.push(
      ...(await until(name, () => podCidrs(name))).flatMap((text) => parseCidr(text) ?? []),
    );
  assert.equal(held.length, 61);
  for (const [i, a] of held.entries())
    for (const b of held.slice(i + 1)) assert.ok(!cidrsOverlap(a, b), `${a} and ${b}`);
  await until(
    "a claim for each, and no more",
    async () => Object.keys(await claimed()).length === 61,
  );
  end.abort();
  await Promise.all(twins.map(({ term }) => term));
  await Promise.all(twins.map(({ knows }) => knows.close()));
  await clear();
});

test("ipamApi().assign() sets Pod CIDRs once, and only on that very Node", async () => {
  const api = ipamApi(client);
  await addNode("once");
  const node = await api.findNode("once", { signal });
  assert.ok(node);
  const cidrs = (text: string) => [text as Cidr];
  assert.equal(
    await api.assign({ ...node, uid: "another" }, cidrs("10.60.0.0/24"), { signal }),
    false,
  );
  assert.equal(await api.assign(node, cidrs("10.60.0.0/24"), { signal }), true);
  assert.equal(await api.assign(node, cidrs("10.60.1.0/24"), { signal }), false);
  assert.equal(await api.assign(node, cidrs("10.60.0.0/24"), { signal }), false);
  assert.deepEqual(await podCidrs("once"), ["10.60.0.0/24"]);
  assert.equal(
    await api.assign({ ...node, name: "nobody" }, cidrs("10.60.2.0/24"), { signal }),
    false,
  );
  await clear();
});

/** What an agent tells of its Node. */
async function tellState(name: string, change: number, step: string): Promise<void> {
  const state = { change, step, accepts: ["direct", "geneve:6081"], sends: ["geneve:6081"] };
  const annotations = {
    "node.antrea.io/transport-networks": "172.30.1.11/24",
    "node.antrea.io/network-state": JSON.stringify(state),
  };
  const body = { metadata: { annotations } };
  await client.patch(resources.nodes, { name }, { kind: "merge", body });
}

async function agentConfig(text: string): Promise<void> {
  const metadata = { namespace: objectNames.namespace, name: objectNames.configMap };
  const data = { [objectNames.agentConfigKey]: text };
  await client.apply(
    resources.configMaps,
    { apiVersion: "v1", kind: "ConfigMap", metadata, data },
    { fieldManager: "test", force: true, signal },
  );
}

test("controller() leads a change of mode from the ConfigMap step by step, and another leader goes on with it", async () => {
  await addNode("led", "10.70.0.0/24");
  const status = { conditions: [{ type: "Ready", status: "True" }] };
  await client.request({
    method: "PATCH",
    path: "/api/v1/nodes/led/status",
    headers: { "content-type": "application/merge-patch+json" },
    body: JSON.stringify({ status }),
  });
  await tellState("led", 0, "Done");
  await agentConfig("trafficEncapMode: encap\n");
  const at = async (number: number, step: string) => {
    const found = await client.find(modeChanges, { name: objectNames.modeChange });
    return found?.spec.number === number && found.spec.step === step ? found : undefined;
  };
  const first = start("leads", config(""));
  await first.program.start(signal);
  const begun = await until("there is nothing to change at first", () => at(1, "Done"));
  assert.equal(begun.spec.to.trafficEncapMode, "encap");

  await agentConfig("trafficEncapMode: hybrid\n");
  const waits = await until("Nodes are asked to take both forms", () => at(2, "Accept"));
  assert.equal(waits.spec.from.trafficEncapMode, "encap");
  assert.deepEqual(waits.status?.waiting, [
    { nodeName: "led", reason: "has not acted on change 2 yet" },
  ]);
  await tellState("led", 2, "Accept");
  await until("Nodes are asked to send the new form", () => at(2, "Send"));
  await first.program.stop();

  await using second = start("goes-on", config(""));
  await second.program.start(signal);
  await agentConfig("trafficEncapMode: hybird\n");
  const refused = await until("what cannot be read is told", async () => {
    const found = await at(2, "Send");
    return found?.status?.problem === undefined ? undefined : found;
  });
  assert.match(refused.status?.problem ?? "", /Did you mean "hybrid"/);
  await tellState("led", 2, "Send");
  await until("Nodes are asked to end the old form", () => at(2, "Retire"));
  await tellState("led", 2, "Retire");
  await until("all have it behind them", () => at(2, "Done"));
  await agentConfig("trafficEncapMode: hybrid\n");
  await clear();
});
