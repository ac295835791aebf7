import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import {
  type AntreaPolicyStatus,
  customKinds,
  definitionOf,
  objectNames,
  parseControllerConfig,
} from "@antrea/api";
import { callLocalApi, controllerApi } from "@antrea/api/local-api";
import { unixTransport } from "@antrea/api/local-api/io";
import { rootLogger, systemClock } from "@antrea/base/io";
import {
  isKubeError,
  type KubeClient,
  type KubeObject,
  type ObjectName,
  resource,
  resources,
  type WatchEvent,
} from "@antrea/kube";
import { kubeClient } from "@antrea/kube/io";
import { freePorts, kubeAssets, startApiServer, type TestApiServer } from "@antrea/kube/testing";
import { apiVersion, nodeReportWire } from "@antrea/policy/controlplane";
import { controller } from "../controller.ts";
import { ownInputs } from "../policies/source.ts";

const clusterNetworkPolicies = ownInputs.clusterPolicies.resource;
const signal = AbortSignal.timeout(120_000);
const { namespace } = objectNames;
const logged: string[] = [];
const log = rootLogger("test", "debug", (line) => void logged.push(line));
const podCidr = "10.1.0.0/24";
const controlplane = resource(apiVersion, "NetworkPolicy", "networkpolicies", "cluster");
const groups = resource(apiVersion, "AddressGroup", "addressgroups", "cluster");
const receipts = resource(apiVersion, "PodReceipt", "podreceipts", "cluster");

let server: TestApiServer;
let client: KubeClient;
let folder: string;
let program: ReturnType<typeof start>;
let port = 0;

before(async () => {
  server = await startApiServer({ aggregates: true });
  client = server.client;
  folder = await mkdtemp(join(tmpdir(), "antrea-controlplane-"));
  for (const kind of customKinds)
    await client.create<KubeObject>(resources.customResourceDefinitions, definitionOf(kind));
  const name = objectNames.authorities;
  await client.create(resources.configMaps, { metadata: { namespace, name } });
  await client.create<KubeObject>(resources.namespaces, { metadata: { name: "shop" } });
  for (const node of ["a", "b"])
    await client.create<KubeObject>(resources.nodes, {
      metadata: { name: node },
      spec: { podCIDR: podCidr },
    } as KubeObject);
  [port = 0] = await freePorts(1);
  await aggregate(port);
  await grantAgents();
  program = start();
  await program.start(signal);
});

after(async () => {
  await program?.stop();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

function start(own: KubeClient = client) {
  const parsed = parseControllerConfig("", "antrea-controller.conf");
  assert.ok(parsed.kind === "accepted");
  return controller({
    config: { ...parsed.config, apiPort: port },
    ...{ client: own, log, clock: systemClock, random: Math.random },
    env: { POD_NAME: "one", POD_NAMESPACE: namespace, NODE_NAME: "a", POD_IP: "127.0.0.1" },
    incarnation: "one",
    socketPath: join(folder, "one.sock"),
    tlsFolder: folder,
  });
}

/** Has the API server hand our group on to the controller. */
async function aggregate(port: number): Promise<void> {
  const { service: name, controlplaneApi } = objectNames;
  await client.create<KubeObject>(resources.services, {
    metadata: { namespace, name },
    spec: { type: "ExternalName", externalName: "localhost", ports: [{ port }] },
  } as KubeObject);
  const [version = "", ...group] = controlplaneApi.split(".");
  await client.create<KubeObject>(resources.apiServices, {
    metadata: { name: controlplaneApi },
    spec: {
      service: { namespace, name, port },
      ...{ group: group.join("."), version, groupPriorityMinimum: 2000, versionPriority: 100 },
    },
  } as KubeObject);
}

/** The rights of antrea-agent, as far as they are of interest here. */
async function grantAgents(): Promise<void> {
  const name = objectNames.agent;
  await client.create(resources.serviceAccounts, { metadata: { namespace, name } });
  await client.create(resources.clusterRoles, {
    metadata: { name },
    rules: [
      {
        apiGroups: ["controlplane.antrea.io"],
        resources: ["networkpolicies", "addressgroups", "appliedtogroups", "podreceipts"],
        verbs: ["get", "list", "watch"],
      },
      {
        apiGroups: ["controlplane.antrea.io"],
        resources: ["networkpolicystatuses"],
        verbs: ["create"],
      },
    ],
  });
  await client.create(resources.clusterRoleBindings, {
    metadata: { name },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
    subjects: [{ kind: "ServiceAccount", name, namespace }],
  });
}

/** Polls the server, since what is waited for is the server's state. */
async function until<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
  const deadline = AbortSignal.timeout(40_000);
  let last: unknown;
  for (;;) {
    const seen = await look().catch((error: unknown) => void (last = error));
    if (seen) return seen;
    if (deadline.aborted)
      assert.fail(`not seen: ${what}: ${String(last)}\n${logged.slice(-5).join("")}`);
    await systemClock.sleep(30, { signal });
  }
}

async function addPod(
  name: string,
  nodeName: string,
  ip: string,
  where = "shop",
  serviceAccountName = "default",
): Promise<string> {
  const container = { name: "c", image: "i", ports: [{ name: "http", containerPort: 80 }] };
  const made = await client.create(resources.pods, {
    metadata: { namespace: where, name, labels: { app: name } },
    spec: { nodeName, serviceAccountName, containers: [container] },
  });
  const body = { status: { phase: "Running", podIP: ip, podIPs: [{ ip }] } };
  const patch = { kind: "merge", body } as const;
  await client.patch(resources.pods, { namespace: where, name }, patch, { subresource: "status" });
  return made.metadata?.uid ?? "";
}

/** A client of the controller itself, as the agent on a Node is one. */
async function agentOn(nodeName: string): Promise<KubeClient> {
  const pod = `agent-${nodeName}`;
  const found = await client.find(resources.pods, { namespace, name: pod });
  const uid =
    found?.metadata?.uid ??
    (await addPod(pod, nodeName, "192.0.2.1", namespace, objectNames.agent));
  const answer = await client.request({
    method: "POST",
    path: `/api/v1/namespaces/${namespace}/serviceaccounts/${objectNames.agent}/token`,
    body: JSON.stringify({
      ...{ apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest" },
      spec: { boundObjectRef: { apiVersion: "v1", kind: "Pod", name: pod, uid } },
    }),
  });
  const { token } = (answer as { readonly status: { readonly token: string } }).status;
  return direct(token);
}

async function direct(token: string): Promise<KubeClient> {
  const { authorities: name, authoritiesKey } = objectNames;
  const ca = await until("whom to trust", async () => {
    const found = await client.get(resources.configMaps, { namespace, name });
    return found.data?.[authoritiesKey];
  });
  const access = {
    server: `https://127.0.0.1:${program.apiPort}`,
    tls: { ca, serverName: `antrea.${namespace}.svc`, insecure: false },
    credentials: { kind: "token", token },
    ...{ namespace, source: "test" },
  } as const;
  return kubeClient(access, { log, clock: systemClock, userAgent: "test" });
}

async function remove(from: Parameters<KubeClient["delete"]>[0], name: ObjectName): Promise<void> {
  await client.delete(from, name, { gracePeriodSeconds: 0 });
}

/** The next events of a watch, until one satisfies. */
async function eventsUntil(
  events: AsyncIterator<readonly WatchEvent[]>,
  isLast: (event: WatchEvent) => boolean,
): Promise<readonly WatchEvent[]> {
  const seen: WatchEvent[] = [];
  for (;;) {
    const { value, done } = await events.next();
    assert.ok(!done, "the watch goes on");
    seen.push(...value);
    if (value.some(isLast)) return seen;
  }
}

const isWhole = ({ type, object }: WatchEvent): boolean =>
  type === "BOOKMARK" && JSON.stringify(object).includes("initial-events-end");
const briefly = ({ type, object }: WatchEvent): string =>
  `${type} ${(object as KubeObject).kind} ${(object as KubeObject).metadata?.name ?? ""}`;

const deny = (name: string, app = "web") => ({
  metadata: { name },
  spec: {
    priority: 5,
    tier: "application",
    appliedTo: [{ podSelector: { matchLabels: { app } } }],
    ingress: [
      { action: "Drop", from: [{ podSelector: { matchLabels: { app: `${app}-client` } } }] },
    ],
  },
});

test("controlplaneApi() is part of the cluster's API: kubectl lists for whom RBAC allows it", async () => {
  await addPod("listed", "a", "10.1.0.9");
  const policy = await client.create<KubeObject>(clusterNetworkPolicies, deny("listed", "listed"));
  const uid = policy.metadata?.uid ?? "";
  const found = await until("the policy, through the API server", () =>
    client.find<KubeObject>(controlplane, { name: uid }),
  );
  assert.equal(found.metadata?.generation, 1);
  const listed = await until("kubectl knows of the group", () =>
    promisify(execFile)(join(kubeAssets(), "kubectl"), [
      ...["--kubeconfig", server.kubeconfig, "get", "networkpolicies.controlplane.antrea.io"],
      ...["-o", "name"],
    ]),
  );
  assert.equal(listed.stdout, `networkpolicy.controlplane.antrea.io/${uid}\n`);
  const socket = unixTransport(join(folder, "one.sock"));
  const ask = (pod: string) =>
    callLocalApi(controllerApi.endpoint, { query: { namespace: "shop", pod } }, socket, { signal });
  const { applied } = await ask("listed");
  assert.deepEqual(
    applied.map((one) => one.uid),
    [uid],
  );
  await assert.rejects(ask("gone"), /There is no Pod shop\/gone/);
  const nobody = await server.accessAs("/CN=jane");
  const jane = kubeClient(nobody, { log, clock: systemClock, userAgent: "test" });
  await assert.rejects(jane.list(controlplane), (error: unknown) =>
    isKubeError(error, "forbidden"),
  );
  jane.close();
  await remove(clusterNetworkPolicies, { name: "listed" });
  await remove(resources.pods, { namespace: "shop", name: "listed" });
});

/** What the API server says of resources, all groups in one answer, as kubectl asks for it. */
async function aggregatedDiscovery(): Promise<readonly GroupDiscovery[]> {
  const accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
  const answer = await client.request({ path: "/apis", headers: { accept } });
  return (answer as { readonly items: readonly GroupDiscovery[] }).items;
}

interface GroupDiscovery {
  readonly metadata: { readonly name: string };
  readonly versions: readonly {
    readonly freshness: string;
    readonly resources?: readonly { readonly resource: string }[];
  }[];
}

test("controlplaneApi() is in the API server's discovery and descriptions soon after that starts anew", async (t) => {
  await server.crash();
  await server.start();
  const startedMs = systemClock.now();
  const found = await until("the group's resources", async () => {
    const ours = (await aggregatedDiscovery()).find(
      ({ metadata }) => metadata.name === "controlplane.antrea.io",
    );
    const [version] = ours?.versions ?? [];
    return version?.freshness === "Current" && version.resources;
  });
  const tookMs = systemClock.now() - startedMs;
  assert.ok(found.some(({ resource }) => resource === "networkpolicies"));
  t.diagnostic(`in the discovery ${Math.round(tookMs)} ms after it was ready`);
  assert.ok(tookMs < 15_000, `it took ${tookMs} ms`);
  await until("the description of it", async () => {
    const v3 = await client.request({ path: "/openapi/v3" });
    return JSON.stringify(v3).includes(`apis/${apiVersion}`);
  });
  const said = await readFile(join(server.folder, "apiserver.log"), "utf8");
  assert.doesNotMatch(said, /failed to download v1beta2\.controlplane.*not found/);
});

test("controlplaneApi() tells an agent of its own Node alone, whole first and then what changes", async () => {
  const [a, b] = [await agentOn("a"), await agentOn("b")];
  const own = { fieldSelector: "nodeName=a", timeoutSeconds: 60 };
  for (const query of [{}, { fieldSelector: "nodeName=b" }])
    await assert.rejects(a.list(groups, query), (error: unknown) =>
      isKubeError(error, "forbidden"),
    );
  await using policies = a.watch(controlplane, own)[Symbol.asyncIterator]() as AsyncGenerator<
    readonly WatchEvent[]
  >;
  await using members = a.watch(groups, own)[Symbol.asyncIterator]() as AsyncGenerator<
    readonly WatchEvent[]
  >;
  await eventsUntil(policies, isWhole);
  await eventsUntil(members, isWhole);

  const web = await addPod("web", "a", "10.1.0.2");
  const { metadata } = await client.create<KubeObject>(clusterNetworkPolicies, deny("watched"));
  const [added] = (await eventsUntil(policies, ({ type }) => type === "ADDED")).slice(-1);
  assert.ok(added);
  assert.equal(briefly(added), `ADDED NetworkPolicy ${metadata?.uid}`);
  await eventsUntil(members, ({ type }) => type === "ADDED");
  await addPod("web-client", "b", "10.1.0.3");
  const patched = await eventsUntil(members, ({ type }) => type === "MODIFIED");
  assert.match(patched.map(briefly).join("\n"), /MODIFIED AddressGroupPatch/);
  const told = await a.list<KubeObject>(receipts, { fieldSelector: "nodeName=a" });
  assert.ok(told.items.some((one) => one.metadata?.name === web && one.metadata.resourceVersion));

  const of = (nodeName: string, generation: number) => ({
    method: "POST" as const,
    path: `/apis/${apiVersion}/networkpolicystatuses`,
    body: JSON.stringify(
      nodeReportWire.encode({
        ...{ nodeName, isWhole: false },
        policies: [{ uid: metadata?.uid ?? "", generation }],
      }),
    ),
  });
  await assert.rejects(b.request(of("a", 1)), (error: unknown) => isKubeError(error, "forbidden"));
  const status = () =>
    client
      .get<KubeObject & { status?: AntreaPolicyStatus }>(clusterNetworkPolicies, {
        name: "watched",
      })
      .then((one) => one.status);
  await until("it is being realized", async () => (await status())?.phase === "Realizing");
  await a.request(of("a", 1));
  const realized = await until("it is realized", async () => {
    const now = await status();
    return now?.phase === "Realized" && now;
  });
  assert.deepEqual(
    [realized.currentNodesRealized, realized.desiredNodesRealized, realized.observedGeneration],
    [1, 1, 1],
  );

  await remove(clusterNetworkPolicies, { name: "watched" });
  const last = await eventsUntil(policies, ({ type }) => type === "DELETED");
  assert.equal(last.map(briefly).at(-1), `DELETED NetworkPolicy ${metadata?.uid}`);
  a.close();
  b.close();
});

test("policyServing() writes of a policy that selects no Pod that it is realized, without any agent", async () => {
  const name = "nobody";
  await client.create<KubeObject>(clusterNetworkPolicies, deny(name, name));
  const status = await until("it has a status", async () => {
    const object = await client.get<KubeObject>(clusterNetworkPolicies, { name });
    return (object as { readonly status?: AntreaPolicyStatus }).status;
  });
  const { phase, observedGeneration, desiredNodesRealized, currentNodesRealized } = status;
  assert.deepEqual(
    [phase, observedGeneration, desiredNodesRealized, currentNodesRealized],
    ["Realized", 1, 0, 0],
  );
  await remove(clusterNetworkPolicies, { name });
});

test("policyServing() lets the status of a policy stand when another leader begins, until its Nodes have come", async () => {
  await addPod("kept", "a", "10.1.0.8");
  const { metadata } = await client.create<KubeObject>(
    clusterNetworkPolicies,
    deny("kept", "kept"),
  );
  const uid = metadata?.uid ?? "";
  const find = (name: string) =>
    client.get<KubeObject & { status?: AntreaPolicyStatus }>(clusterNetworkPolicies, { name });
  const isRealized = async (name: string) => {
    const found = await find(name);
    return found.status?.phase === "Realized" && found;
  };
  const report = async () => {
    const agent = await agentOn("a");
    const policies = [{ uid, generation: 1 }];
    const body = JSON.stringify(nodeReportWire.encode({ nodeName: "a", isWhole: true, policies }));
    const path = `/apis/${apiVersion}/networkpolicystatuses`;
    await agent.request({ method: "POST", path, body });
    agent.close();
  };
  await until("the policy is told to the Node", async () => {
    const told = await client.list(controlplane);
    return told.items.some((one) => one.metadata?.name === uid);
  });
  await report();
  const before = await until("it is realized", () => isRealized("kept"));

  await program.stop();
  program = start();
  await program.start(signal);
  await client.create<KubeObject>(clusterNetworkPolicies, deny("later", "later"));
  await until("the next leader looks at policies", () => isRealized("later"));
  assert.deepEqual(await find("kept"), before, "nothing was written");
  await until("it is told again", async () => {
    await report();
    return true;
  });
  await client.patch(
    clusterNetworkPolicies,
    { name: "later" },
    { kind: "merge", body: { spec: { priority: 6 } } },
  );
  await until("the next leader has heard", async () => {
    const { status } = await find("later");
    return status?.observedGeneration === 2;
  });
  assert.deepEqual((await find("kept")).status, before.status);
  for (const name of ["kept", "later"]) await remove(clusterNetworkPolicies, { name });
  await remove(resources.pods, { namespace: "shop", name: "kept" });
});

test("a controller whose Lease could not be renewed goes on with what it knows, if nobody else led", async () => {
  await program.stop();
  let isCut = false;
  const watches: string[] = [];
  program = start({
    ...client,
    replace: (kind, ...call) =>
      isCut && kind.plural === "leases"
        ? Promise.reject(new Error("no answer"))
        : client.replace(kind, ...call),
    watch(kind, ...call) {
      watches.push(kind.plural);
      return client.watch(kind, ...call);
    },
  });
  await program.start(signal);
  await until("it serves", () => client.list(controlplane));
  const kinds = ["pods", "nodes", "namespaces", "services", "networkpolicies"];
  const asked = () => watches.filter((plural) => kinds.includes(plural)).toSorted();
  const before = asked();
  assert.deepEqual([...new Set(before)], kinds.toSorted());

  const from = logged.length;
  const hasLogged = (words: string) => logged.slice(from).some((line) => line.includes(words));
  isCut = true;
  await until("it does not lead", async () => hasLogged("No longer leading"));
  await assert.rejects(client.list(controlplane), (error: unknown) => isKubeError(error));
  isCut = false;
  await until("it leads again", async () => hasLogged("Leading again"));
  await addPod("lapse", "a", "10.1.0.9");
  const { metadata } = await client.create<KubeObject>(
    clusterNetworkPolicies,
    deny("lapse", "lapse"),
  );
  await until("it tells of what is new", async () => {
    const { items } = await client.list(controlplane);
    return items.some((one) => one.metadata?.name === metadata?.uid);
  });
  assert.deepEqual(asked(), before, "nothing was listed or watched anew");
  await remove(clusterNetworkPolicies, { name: "lapse" });
  await remove(resources.pods, { namespace: "shop", name: "lapse" });
});

test("controlplaneApi() believes X-Remote-User of nobody but the API server", async () => {
  const stranger = await direct("no-token");
  const headers = {
    "x-remote-user": "admin",
    "x-remote-group": "system:masters",
    authorization: "",
  };
  const asked = stranger.request({ path: `/apis/${apiVersion}/networkpolicies`, headers });
  await assert.rejects(asked, (error: unknown) => isKubeError(error, "unauthorized"));
  stranger.close();
});
