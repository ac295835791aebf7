/**
 * What the Kubernetes client costs: heap for a store of 10,000 Pods; processor time and heap for
 * 200,000 watch events. The server is a process of its own, so it does not count; each measurement
 * has a fresh process, warmed up with a small store, so that loaded code does not count either.
 * Run: node bench/kube.ts
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { silentLogger } from "@antrea/base";
import { systemClock } from "@antrea/base/io";
import { type KubeClient, resources } from "@antrea/kube";
import { kubeClient, reflector } from "@antrea/kube/io";
import type { Pod } from "kubernetes-types/core/v1.d.ts";

const podCount = 10_000;
const eventCount = 200_000;
const warmCount = 500;

/** About 1.8 kB of JSON, as a small real Pod. */
function pod(index: number, version: number): object {
  const node = `node-${index % 100}`;
  const filler = Array.from({ length: 4 }, (_, i) => ({
    type: ["Initialized", "Ready", "ContainersReady", "PodScheduled"][i],
    status: "True",
    lastProbeTime: null,
    lastTransitionTime: "2026-11-23T08:00:00Z",
  }));
  const container = {
    name: "web",
    image: "registry.example.org/shop/web:1.21.7",
    ports: [{ name: "http", containerPort: 8080, protocol: "TCP" }],
    env: Array.from({ length: 6 }, (_, i) => ({ name: `SETTING_${i}`, value: `value-${i}` })),
    resources: { requests: { cpu: "100m", memory: "128Mi" } },
    volumeMounts: [{ name: "token", mountPath: "/var/run/secrets", readOnly: true }],
    terminationMessagePath: "/dev/termination-log",
    imagePullPolicy: "IfNotPresent",
  };
  const ip = `10.${244 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;
  return {
    metadata: {
      name: `web-7d4b9c6f5d-${index.toString(36).padStart(5, "0")}`,
      namespace: `team-${index % 50}`,
      uid: `00000000-0000-4000-8000-${index.toString(16).padStart(12, "0")}`,
      resourceVersion: String(version),
      creationTimestamp: "2026-11-23T08:00:00Z",
      labels: { app: `web-${index % 200}`, tier: "front", "pod-template-hash": "7d4b9c6f5d" },
      annotations: { "example.org/revision": String(version) },
      ownerReferences: [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: "web-7d4b9c6f5d" }],
    },
    spec: { nodeName: node, containers: [container], serviceAccountName: "default" },
    status: { phase: "Running", conditions: filler, hostIP: "192.168.0.1", podIP: ip },
  };
}

async function write(answer: ServerResponse, text: string): Promise<void> {
  if (!answer.write(text)) await once(answer, "drain");
}

function serve(): void {
  const server = createServer((request, answer) => void respond(request.url ?? "/", answer));
  server.listen(0, "127.0.0.1", () => console.log((server.address() as AddressInfo).port));
}

async function respond(url: string, answer: ServerResponse): Promise<void> {
  const query = new URL(url, "http://server").searchParams;
  const isWarmUp = query.has("labelSelector");
  const [pods, events] = isWarmUp ? [warmCount, warmCount] : [podCount, eventCount];
  answer.setHeader("content-type", "application/json");
  if (!query.has("watch")) return listPods(query, pods, answer);
  if (query.has("sendInitialEvents")) {
    for (let i = 0; i < pods; i++)
      await write(answer, `${JSON.stringify({ type: "ADDED", object: pod(i, 1) })}\n`);
    const annotations = { "k8s.io/initial-events-end": "true" };
    const metadata = { resourceVersion: "1", annotations };
    await write(answer, `${JSON.stringify({ type: "BOOKMARK", object: { metadata } })}\n`);
  }
  if (Number(query.get("resourceVersion")) > 1) return;
  let lines = "";
  for (let i = 1; i <= events; i++) {
    lines += `${JSON.stringify({ type: "MODIFIED", object: pod(i % pods, 1 + i) })}\n`;
    if (i % 50 > 0) continue;
    await write(answer, lines);
    lines = "";
  }
}

function listPods(query: URLSearchParams, pods: number, answer: ServerResponse): void {
  const from = Number(query.get("continue") ?? 0);
  const to = Math.min(pods, from + Number(query.get("limit") ?? pods));
  const items = Array.from({ length: to - from }, (_, i) => pod(from + i, 1));
  const next = to < pods ? String(to) : "";
  answer.end(JSON.stringify({ metadata: { resourceVersion: "1", continue: next }, items }));
}

function heapMb(): number {
  if (!globalThis.gc) throw new Error("run with --expose-gc");
  for (let i = 0; i < 3; i++) globalThis.gc();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

/** What an agent keeps of a Pod. */
function project({ metadata, spec, status }: Pod) {
  return {
    name: metadata?.name ?? "",
    namespace: metadata?.namespace ?? "",
    labels: metadata?.labels ?? {},
    node: spec?.nodeName ?? "",
    ip: status?.podIP ?? "",
    ports: (spec?.containers ?? [])
      .flatMap(({ ports = [] }) =>
        ports.map(({ name = "", containerPort, protocol = "TCP" }) => ({
          name,
          port: containerPort,
          protocol,
        })),
      )
      .slice(), // a grown array has room for 17 elements, a copy for its own
    // Differs in each event, so that each one is a change of the store.
    revision: metadata?.annotations?.["example.org/revision"] ?? "",
  };
}

/** A store of Pods, and how many objects it was told of. */
function podStore(client: KubeClient, streaming: boolean, labelSelector?: string) {
  let seen = 0;
  const one = reflector({
    client,
    log: silentLogger,
    clock: systemClock,
    resource: resources.pods,
    selection: { labelSelector },
    streaming,
    project(pod) {
      seen++;
      return project(pod);
    },
    indexes: { node: ({ node }) => [node], ip: ({ ip }) => [ip] },
  });
  return {
    one,
    async until(count: number): Promise<number> {
      let peakRss = 0;
      while (seen < count) {
        peakRss = Math.max(peakRss, process.memoryUsage().rss);
        await systemClock.sleep(50);
      }
      return peakRss / 2 ** 20;
    },
  };
}

async function measure(port: number, streaming: boolean): Promise<object> {
  const access = {
    server: `http://127.0.0.1:${port}`,
    tls: { insecure: false },
    credentials: { kind: "none" },
    namespace: "default",
    source: "bench",
  } as const;
  const client = kubeClient(access, { log: silentLogger, clock: systemClock, userAgent: "bench" });
  const warm = podStore(client, streaming, "warm");
  await warm.one.start(AbortSignal.timeout(120_000));
  await warm.until(2 * warmCount);
  await warm.one.stop();

  const pods = podStore(client, streaming);
  const heapBefore = heapMb();
  const rssBeforeMb = process.memoryUsage().rss / 2 ** 20;
  const listStarted = performance.now();
  await pods.one.start(AbortSignal.timeout(120_000));
  const listMs = performance.now() - listStarted;
  const heapListed = heapMb();
  const cpuBefore = process.cpuUsage();
  const watchStarted = performance.now();
  const peakRssMb = await pods.until(podCount + eventCount);
  const watchMs = performance.now() - watchStarted;
  const cpu = process.cpuUsage(cpuBefore);
  const heapWatched = heapMb();
  if (pods.one.store.size !== podCount) throw new Error("the store is not complete");
  await pods.one.stop();
  client.close();
  const round = (value: number): number => Math.round(value * 10) / 10;
  return {
    streaming,
    listMs: Math.round(listMs),
    heapForPodsMb: round(heapListed - heapBefore),
    watchMs: Math.round(watchMs),
    cpuPerEventUs: round((cpu.user + cpu.system) / eventCount),
    heapAfterEventsMb: round(heapWatched - heapBefore),
    rssBeforeMb: Math.round(rssBeforeMb),
    peakRssMb: Math.round(peakRssMb),
  };
}

const [, self, mode, port] = process.argv;
if (mode === "serve") serve();
else if (mode !== undefined) console.log(await measure(Number(port), mode === "streaming"));
else {
  const script = self as string;
  const stdio = ["ignore", "pipe", "inherit"] as const;
  const server = spawn(process.execPath, [script, "serve"], { stdio: [...stdio] });
  const [line] = (await once(server.stdout, "data")) as [Buffer];
  try {
    for (const how of ["paging", "streaming"]) {
      const args = ["--expose-gc", script, how, line.toString().trim()];
      await once(spawn(process.execPath, args, { stdio: "inherit" }), "exit");
    }
  } finally {
    server.kill();
  }
}
