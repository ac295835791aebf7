/**
 * What it costs the controller to tell 1000 Nodes of policies:
 *
 *     node bench/controlplane.ts [NODES] [--json] [--controller=MAIN.TS]
 *
 * A real API server and the real program antrea-controller, each a process of its own; NODES agents in
 * this process, each with a token bound to a Pod on its Node and a TLS connection for each of its four
 * streams. A change is a policy that is written through the API server; it has arrived when the last Node
 * of its span has read the event, so that the time has the API server's share and this process's in it.
 * Every event is held against the Pods that there are: a Node that is told of a policy for no Pod of its
 * own ends the run. All run on one machine, on its two processors. `--controller=MAIN.TS` measures another
 * one, for comparison.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { openSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { customKinds, definitionOf, objectNames } from "@antrea/api";
import { systemClock } from "@antrea/base/io";
import { type KubeClient, type KubeObject, resource, resources } from "@antrea/kube";
import { freePorts, startApiServer, type TestApiServer } from "@antrea/kube/testing";
import { streamNames } from "@antrea/policy/controlplane";

const words = process.argv.slice(2);
const nodeCount = Number(words.find((word) => !word.startsWith("--")) ?? 1000);
const namespaceCount = Math.min(100, nodeCount);
const podsOfNode = 2;
const changes = 20;
const system = objectNames.namespace;
const clusterPolicies = resource(
  "crd.antrea.io/v1beta1",
  "ClusterNetworkPolicy",
  "clusternetworkpolicies",
  "cluster",
);

/** The Namespace of the `n`th Pod of a Node: its neighbours have the next ones. */
const namespaceOf = (node: number, n: number) => `ns-${(node * podsOfNode + n) % namespaceCount}`;
const nodesOf = new Map<string, Set<string>>();
for (let node = 0; node < nodeCount; node++)
  for (let n = 0; n < podsOfNode; n++) {
    const place = namespaceOf(node, n);
    nodesOf.set(place, (nodesOf.get(place) ?? new Set()).add(`node-${node}`));
  }
const everyNode = new Set(Array.from({ length: nodeCount }, (_, node) => `node-${node}`));
/** The Nodes of a policy, by its UID. */
const spans = new Map<string, ReadonlySet<string>>();

/** So many calls at a time. */
async function each<T>(items: Iterable<T>, call: (item: T) => Promise<unknown>): Promise<void> {
  const waiting = items[Symbol.iterator]();
  const worker = async () => {
    for (let next = waiting.next(); !next.done; next = waiting.next()) await call(next.value);
  };
  await Promise.all(Array.from({ length: 16 }, worker));
}

async function makeCluster({ client }: TestApiServer): Promise<void> {
  for (const kind of customKinds)
    await client.create<KubeObject>(resources.customResourceDefinitions, definitionOf(kind));
  const { agent: name, authorities } = objectNames;
  await client.create(resources.configMaps, { metadata: { namespace: system, name: authorities } });
  await client.create(resources.serviceAccounts, { metadata: { namespace: system, name } });
  const rules = [
    {
      apiGroups: ["controlplane.antrea.io"],
      ...{ resources: ["*"], verbs: ["get", "list", "watch", "create"] },
    },
  ];
  await client.create(resources.clusterRoles, { metadata: { name }, rules });
  await client.create(resources.clusterRoleBindings, {
    metadata: { name },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
    subjects: [{ kind: "ServiceAccount", name, namespace: system }],
  });
  for (const place of nodesOf.keys())
    await client.create<KubeObject>(resources.namespaces, { metadata: { name: place } });
  await each(Array.from(everyNode.keys()).entries(), async ([i, node]) => {
    const labels = { "kubernetes.io/hostname": node };
    const spec = { podCIDR: `10.${64 + (i >> 8)}.${i & 255}.0/24` };
    await client.create(resources.nodes, { metadata: { name: node, labels }, spec });
    for (let n = 0; n < podsOfNode; n++) await makePod(client, i, n);
  });
  for (const place of nodesOf.keys()) await makePolicy(client, place);
}

async function makePod(client: KubeClient, node: number, n: number): Promise<void> {
  const [namespace, name] = [namespaceOf(node, n), `pod-${node}-${n}`];
  const containers = [{ name: "c", image: "i" }];
  await client.create(resources.pods, {
    metadata: { namespace, name, labels: { app: "web" } },
    spec: { nodeName: `node-${node}`, containers },
  });
  const podIP = `10.${64 + (node >> 8)}.${node & 255}.${n + 2}`;
  const body = { status: { phase: "Running", podIP, podIPs: [{ ip: podIP }] } };
  const patch = { kind: "merge", body } as const;
  await client.patch(resources.pods, { namespace, name }, patch, { subresource: "status" });
}

async function makePolicy(client: KubeClient, namespace: string): Promise<void> {
  const made = await client.create(resources.networkPolicies, {
    metadata: { namespace, name: "np" },
    spec: {
      podSelector: { matchLabels: { app: "web" } },
      ingress: [{ from: [{ podSelector: { matchLabels: { app: "client" } } }] }],
    },
  });
  spans.set(made.metadata?.uid ?? "", nodesOf.get(namespace) ?? new Set());
}

/** The program, and what it has used so far. */
async function startController(server: TestApiServer) {
  const [apiPort = 0] = await freePorts(1);
  const config = join(server.folder, "antrea-controller.conf");
  const text = [
    `apiPort: ${apiPort}`,
    ...["clientConnection:", `  kubeconfig: ${server.kubeconfig}`],
  ];
  await writeFile(config, `${text.join("\n")}\n`);
  const main = words.find((word) => word.startsWith("--controller="))?.slice(13);
  const script =
    main ?? fileURLToPath(new URL("../packages/controller/src/main.ts", import.meta.url));
  const child = spawn(
    process.execPath,
    [
      "--max-semi-space-size=4",
      script,
      "--config",
      config,
      "--api-socket",
      join(server.folder, "controller.sock"),
    ],
    {
      stdio: ["ignore", "ignore", openSync(join(server.folder, "controller.log"), "w")],
      env: {
        ...process.env,
        ...{ POD_NAME: "one", POD_NAMESPACE: system, NODE_NAME: "node-0", POD_IP: "127.0.0.1" },
      },
    },
  );
  process.once("exit", () => child.kill());
  const proc = (file: string) => readFileSync(`/proc/${child.pid}/${file}`, "utf8");
  return {
    apiPort,
    residentMb: () => Number(/^VmRSS:\s+(\d+)/m.exec(proc("status"))?.[1]) / 1024,
    /** Of the processor, in milliseconds: user and system are fields 14 and 15, in ticks of 10 ms. */
    usedMs() {
      const fields = proc("stat")
        .replace(/^.*\) /, "")
        .split(" ");
      return 10 * (Number(fields[11]) + Number(fields[12]));
    },
    async stop() {
      child.kill();
      if (child.exitCode === null) await once(child, "exit");
    },
  };
}

async function tokenOf({ client }: TestApiServer, node: string): Promise<string> {
  const name = `agent-${node}`;
  const made = await client.create(resources.pods, {
    metadata: { namespace: system, name },
    spec: {
      ...{ nodeName: node, serviceAccountName: objectNames.agent, hostNetwork: true },
      containers: [{ name: "c", image: "i" }],
    },
  });
  const answer = await client.request({
    method: "POST",
    path: `/api/v1/namespaces/${system}/serviceaccounts/${objectNames.agent}/token`,
    body: JSON.stringify({
      ...{ apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest" },
      spec: { boundObjectRef: { apiVersion: "v1", kind: "Pod", name, uid: made.metadata?.uid } },
    }),
  });
  return (answer as { readonly status: { readonly token: string } }).status.token;
}

interface Event {
  readonly type: string;
  readonly object: {
    readonly metadata: {
      readonly name: string;
      readonly generation?: number;
      readonly annotations?: object;
    };
  };
}

type Heard = (node: string, stream: string, event: Event) => void;

/** Everything that agents do here: they watch. Each stream is a TLS connection that resumes no session. */
function crowd(port: number, ca: string, heard: Heard) {
  const agent = new Agent({ ca, maxSockets: Number.POSITIVE_INFINITY, maxCachedSessions: 0 });
  let refused = 0;
  const servername = `antrea.${system}.svc`;

  /** As an agent does: who is refused or cut off comes back. */
  async function open(node: string, stream: string, token: string): Promise<void> {
    const answer = await ask(node, stream, token).catch(() => undefined);
    if (answer?.statusCode !== 200) {
      answer?.resume();
      refused += 1;
      await systemClock.sleep(200);
      return open(node, stream, token);
    }
    const lines = createInterface({ input: answer });
    lines.on("error", () => {}); // the end cuts it
    lines.on("line", (line) => heard(node, stream, JSON.parse(line) as Event));
  }

  async function ask(node: string, stream: string, token: string): Promise<IncomingMessage> {
    const query = `watch=1&allowWatchBookmarks=true&sendInitialEvents=true&fieldSelector=nodeName%3D${node}`;
    const path = `/apis/controlplane.antrea.io/v1beta2/${stream}?${query}`;
    const headers = { authorization: `Bearer ${token}` };
    const asked = request({ host: "127.0.0.1", port, servername, path, headers, agent });
    asked.on("error", () => {}); // who waits is told
    asked.end();
    const [answer] = (await once(asked, "response")) as [IncomingMessage];
    return answer;
  }

  return {
    open: (tokens: ReadonlyMap<string, string>) =>
      Promise.all(
        [...tokens].flatMap(([node, token]) =>
          streamNames.map((stream) => open(node, stream, token)),
        ),
      ),
    get refused() {
      return refused;
    },
    close: () => agent.destroy(),
  };
}

/** Who is waited for, and when each came; a Node that hears what is not for it ends the run. */
function listener() {
  let whole = 0;
  let expected: { readonly uid: string; readonly came: Map<string, number> } | undefined;
  let wake = Promise.withResolvers<void>();
  return {
    heard(node: string, stream: string, { type, object }: Event) {
      const { name, annotations } = object.metadata;
      if (type === "BOOKMARK") {
        if (annotations) whole += 1;
      } else if (stream === "networkpolicies") {
        const span = spans.get(name);
        if (span && !span.has(node)) throw new Error(`${node} is told of ${name}`);
        if (expected?.uid === name) expected.came.set(node, performance.now());
      }
      wake.resolve();
    },
    async until(isDone: () => boolean): Promise<void> {
      while (!isDone()) {
        await wake.promise;
        wake = Promise.withResolvers();
      }
    },
    get whole() {
      return whole;
    },
    expect(uid: string): ReadonlyMap<string, number> {
      expected = { uid, came: new Map() };
      return expected.came;
    },
  };
}

interface Change {
  readonly nodes: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly usedMs: number;
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

async function measure(server: TestApiServer): Promise<object> {
  const { client } = server;
  await makeCluster(server);
  const tokens = new Map<string, string>();
  await each(everyNode, async (node) => void tokens.set(node, await tokenOf(server, node)));
  const controller = await startController(server);
  const all = listener();
  let agents: ReturnType<typeof crowd> | undefined;
  try {
    const ca = await authorities(client);
    agents = crowd(controller.apiPort, ca, all.heard);
    const [[first = "", token = ""] = []] = tokens;
    await agents.open(new Map([[first, token]])); // until the controller leads and has computed all
    await all.until(() => all.whole === streamNames.length);
    const rest = { residentMb: controller.residentMb(), usedMs: controller.usedMs() };
    const begun = performance.now();
    tokens.delete(first);
    const refusedBefore = agents.refused;
    await agents.open(tokens);
    await all.until(() => all.whole === streamNames.length * nodeCount);
    const connect = {
      tookMs: performance.now() - begun,
      refused: agents.refused - refusedBefore,
      usedMs: controller.usedMs() - rest.usedMs,
      residentMb: controller.residentMb(),
    };

    async function change(uid: string, write: () => Promise<unknown>): Promise<Change> {
      const span = spans.get(uid) ?? new Set();
      const came = all.expect(uid);
      const usedBefore = controller.usedMs();
      const sent = performance.now();
      const written = write();
      await all.until(() => came.size === span.size);
      await written;
      const times = [...came.values()].map((at) => at - sent);
      return {
        ...{ nodes: span.size, firstMs: Math.min(...times), lastMs: Math.max(...times) },
        usedMs: controller.usedMs() - usedBefore,
      };
    }

    const ofAll = await client.create<KubeObject>(clusterPolicies, clusterPolicy(0));
    const uid = ofAll.metadata?.uid ?? "";
    spans.set(uid, everyNode);
    const wide: Change[] = [];
    const narrow: Change[] = [];
    await systemClock.sleep(2_000); // until its groups and statuses are done with
    for (let i = 1; i <= changes; i++) {
      const { spec } = clusterPolicy(i);
      wide.push(
        await change(uid, () =>
          client.patch(clusterPolicies, { name: "all" }, { kind: "merge", body: { spec } }),
        ),
      );
      await systemClock.sleep(300);
      const namespace = `ns-${i % namespaceCount}`;
      const found = await client.get(resources.networkPolicies, { namespace, name: "np" });
      const body = {
        spec: { ingress: [{ from: [{ podSelector: { matchLabels: { app: `c-${i}` } } }] }] },
      };
      narrow.push(
        await change(found.metadata?.uid ?? "", () =>
          client.patch(
            resources.networkPolicies,
            { namespace, name: "np" },
            { kind: "merge", body },
          ),
        ),
      );
      await systemClock.sleep(300);
    }
    return { nodeCount, rest, connect, wide, narrow, endMb: controller.residentMb() };
  } finally {
    agents?.close();
    await controller.stop();
  }
}

function clusterPolicy(i: number) {
  const from = [{ ipBlock: { cidr: `10.${i}.0.0/16` } }];
  return {
    metadata: { name: "all" },
    spec: {
      ...{ priority: 5, tier: "application", appliedTo: [{ podSelector: {} }] },
      ingress: [{ action: "Drop", name: "drop", from }],
    },
  };
}

/** Whom to trust, as soon as the controller has said so. */
async function authorities(client: KubeClient): Promise<string> {
  const { authorities: name, authoritiesKey } = objectNames;
  for (;;) {
    const { data } = await client.get(resources.configMaps, { namespace: system, name });
    if (data?.[authoritiesKey]) return data[authoritiesKey];
    await systemClock.sleep(100);
  }
}

// what was started ends with this process, however that ends
for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => process.exit(1));
const server = await startApiServer();
try {
  const figures = await measure(server);
  if (words.includes("--json")) console.log(JSON.stringify(figures));
  else print(figures as never);
} finally {
  await server.stop();
}

function print({
  rest,
  connect,
  wide,
  narrow,
  endMb,
}: {
  readonly rest: { readonly residentMb: number };
  readonly connect: {
    readonly refused: number;
    readonly tookMs: number;
    readonly usedMs: number;
    readonly residentMb: number;
  };
  readonly wide: readonly Change[];
  readonly narrow: readonly Change[];
  readonly endMb: number;
}): void {
  const row = (what: string, ...values: readonly string[]) =>
    console.log(`| ${[what, ...values].join(" | ")} |`);
  row("controller, policies computed, nobody watches", `${Math.round(rest.residentMb)} MB`);
  row(
    `${nodeCount} agents come at once, ${nodeCount * streamNames.length} streams`,
    `${(connect.tookMs / 1000).toFixed(1)} s, ${connect.refused} refusals, ${(connect.usedMs / 1000).toFixed(1)} s of the controller's processor`,
  );
  row(
    "with all of them",
    `${Math.round(connect.residentMb)} MB; in the end ${Math.round(endMb)} MB`,
  );
  for (const some of [wide, narrow]) {
    const figure = (key: keyof Change) => medianOf(some.map((one) => one[key])).toFixed(0);
    const used = some.reduce((sum, one) => sum + one.usedMs, 0) / some.length; // each in ticks of 10 ms
    const worst = Math.max(...some.map(({ lastMs }) => lastMs)).toFixed(0);
    row(
      `a policy of ${figure("nodes")} Nodes changes`,
      `first ${figure("firstMs")} ms, last ${figure("lastMs")} ms (worst ${worst} ms), ${used.toFixed(1)} ms of the controller's processor`,
    );
  }
}
