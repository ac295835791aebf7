import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import {
  CoreV1Api,
  KubeConfig,
  PatchStrategy,
  setHeaderOptions,
  Watch,
} from "@kubernetes/client-node";
import { silentLogger } from "@antrea/base";
import { systemClock } from "@antrea/base/io";
import type { ClusterAccess } from "./access.ts";
import { isKubeError, type KubeErrorCode } from "./error.ts";
import { eventRecorder } from "./io/events.ts";
import { execInPod } from "./io/exec.ts";
import { leaderElection } from "./io/leader.ts";
import { reflector } from "./io/reflector.ts";
import type { KubeObject } from "./object.ts";
import { resource } from "./resource.ts";
import {
  clusterRoleBindings,
  clusterRoles,
  configMaps,
  customResourceDefinitions,
  events,
  leases,
  namespaces,
  nodes,
  pods,
} from "./resources.ts";
import { kubeAssets, startApiServer, testClient } from "./testing/index.ts";

/** Against a real kube-apiserver and etcd, with kubectl and the common client as other hands. */
const api = await startApiServer();
after(() => api.stop());
const { client } = api;
const log = silentLogger;
const clock = systemClock;
const soon = (): AbortSignal => AbortSignal.timeout(30_000);

const config = new KubeConfig();
config.loadFromFile(api.kubeconfig);
const peer = config.makeApiClient(CoreV1Api);

async function kubectl(...args: readonly string[]): Promise<string> {
  const command = join(kubeAssets(), "kubectl");
  const { stdout } = await promisify(execFile)(command, ["--kubeconfig", api.kubeconfig, ...args]);
  return stdout;
}

let count = 0;
/** A Namespace of the test's own. */
async function newNamespace(): Promise<string> {
  const name = `test-${++count}`;
  await client.create(namespaces, { metadata: { name } });
  return name;
}

const failsWith =
  (code: KubeErrorCode, sentence = /./) =>
  (error: unknown) => {
    assert.ok(isKubeError(error), String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, sentence);
    return true;
  };

test("KubeClient creates, reads, replaces, patches and deletes what kubectl sees", async () => {
  const namespace = await newNamespace();
  const name = { namespace, name: "settings" };
  const made = await client.create(configMaps, { metadata: name, data: { a: "1" } });
  assert.equal(
    await kubectl("get", "cm", "-n", namespace, "settings", "-o", "jsonpath={.data.a}"),
    "1",
  );
  await client.replace(configMaps, { ...made, data: { a: "2" } });
  await assert.rejects(client.replace(configMaps, { ...made, data: {} }), failsWith("conflict"));
  await client.patch(configMaps, name, { kind: "merge", body: { data: { b: "3" } } });
  const step = { op: "replace", path: "/data/a", value: "4" } as const;
  await client.patch(configMaps, name, { kind: "json", body: [step] });
  await client.patch(configMaps, name, { kind: "merge", body: { data: null } }, { dryRun: true });
  assert.deepEqual((await client.get(configMaps, name)).data, { a: "4", b: "3" });
  await assert.rejects(client.delete(configMaps, name, { uid: "another" }), failsWith("conflict"));
  await client.delete(configMaps, name);
  assert.equal(await client.find(configMaps, name), undefined);
});

test("KubeClient.patch() merges lists by their keys where the patch is strategic", async () => {
  const namespace = await newNamespace();
  const name = { namespace, name: "web" };
  const containers = [
    { name: "a", image: "a:1" },
    { name: "b", image: "b:1" },
  ];
  await client.create(pods, { metadata: name, spec: { containers } });
  const body = { spec: { containers: [{ name: "b", image: "b:2" }] } };
  await client.patch(pods, name, { kind: "strategic", body });
  const images = (await client.get(pods, name)).spec?.containers.map(({ image }) => image);
  assert.deepEqual(images, ["a:1", "b:2"]);
});

test("KubeClient.apply() owns its fields, leaves others theirs, and takes over by force only", async () => {
  const namespace = await newNamespace();
  const metadata = { namespace, name: "shared" };
  await client.apply(configMaps, { metadata, data: { ours: "1" } }, { fieldManager: "antrea" });
  await peer.patchNamespacedConfigMap(
    {
      namespace,
      name: "shared",
      fieldManager: "other",
      body: { apiVersion: "v1", kind: "ConfigMap", metadata, data: { theirs: "1" } },
    },
    setHeaderOptions("Content-Type", PatchStrategy.ServerSideApply),
  );
  const taking = { metadata, data: { ours: "2", theirs: "2" } };
  await assert.rejects(
    client.apply(configMaps, taking, { fieldManager: "antrea" }),
    failsWith("conflict", /other.*apply with force/),
  );
  const taken = await client.apply(configMaps, taking, { fieldManager: "antrea", force: true });
  assert.deepEqual(taken.data, { ours: "2", theirs: "2" });
  await client.apply(configMaps, { metadata, data: { theirs: "2" } }, { fieldManager: "antrea" });
  assert.deepEqual((await client.get(configMaps, metadata)).data, { theirs: "2" });
});

test("KubeClient.apply() writes the status of a custom resource, and nothing else", async () => {
  const schema = { type: "object", "x-kubernetes-preserve-unknown-fields": true } as const;
  await client.create(customResourceDefinitions, {
    metadata: { name: "widgets.test.antrea.io" },
    spec: {
      group: "test.antrea.io",
      scope: "Cluster",
      names: { plural: "widgets", kind: "Widget" },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: { openAPIV3Schema: schema },
          subresources: { status: {} },
        },
      ],
    },
  });
  type Widget = KubeObject & { readonly spec?: object; readonly status?: object };
  const widgets = resource<Widget>("test.antrea.io/v1", "Widget", "widgets", "cluster");
  const crd = reflector({
    client,
    resource: customResourceDefinitions,
    project: ({ status }) =>
      status?.conditions?.some((c) => c.type === "Established" && c.status === "True"),
    log,
    clock,
  });
  await crd.start(soon());
  await crd.store.waitFor((store) => store.get("widgets.test.antrea.io"), { signal: soon() });
  await crd.stop();

  const metadata = { name: "one" };
  await client.create(widgets, { metadata, spec: { size: 1 } });
  await client.apply(
    widgets,
    { metadata, spec: { size: 9 }, status: { realized: 3 } },
    { fieldManager: "antrea", subresource: "status" },
  );
  const { spec, status } = await client.get(widgets, metadata);
  assert.deepEqual([spec, status], [{ size: 1 }, { realized: 3 }]);
});

test("KubeClient.items() and list() page with limit and continue", async () => {
  const namespace = await newNamespace();
  for (let i = 0; i < 7; i++)
    await client.create(configMaps, { metadata: { namespace, name: `c${i}` } });
  const first = await client.list(configMaps, { namespace, limit: 3 });
  assert.equal(first.items.length, 3);
  assert.ok(first.continue);
  const names: unknown[] = [];
  for await (const one of client.items(configMaps, { namespace, limit: 3 }))
    names.push(one.metadata?.name);
  assert.deepEqual(names, ["c0", "c1", "c2", "c3", "c4", "c5", "c6"]);
});

test("KubeClient.request() reaches what is no resource", async () => {
  const version = (await client.request({ path: "/version" })) as { gitVersion: string };
  assert.match(version.gitVersion, /^v1\./);
  const groups = (await client.request({ path: "/apis" })) as { groups: { name: string }[] };
  assert.ok(groups.groups.some(({ name }) => name === "apps"));
  assert.equal(await client.request({ path: "/readyz" }), "ok");
});

test("KubeError says what a real server refuses, and what to do", async () => {
  const namespace = await newNamespace();
  const name = { namespace, name: "x" };
  await client.create(configMaps, { metadata: name });
  await assert.rejects(
    client.create(configMaps, { metadata: name }),
    failsWith(
      "already-exists",
      /POST .*\/configmaps: 409 AlreadyExists: configmaps "x" already exists/,
    ),
  );
  await assert.rejects(client.get(configMaps, { namespace, name: "y" }), failsWith("not-found"));
  const bad = { metadata: { namespace, name: "Not A Name" } };
  await assert.rejects(client.create(configMaps, bad), failsWith("invalid", /Not A Name/));
  await api.compact();
  const watching = async (): Promise<void> => {
    // Events are not cached by the API server, so this asks etcd.
    const stale = { resourceVersion: "1", timeoutSeconds: 5 };
    for await (const _batch of client.watch(events, stale));
  };
  await assert.rejects(watching(), failsWith("expired", /List again/));

  const jane = testClient(await api.accessAs("/CN=jane"));
  await assert.rejects(
    jane.list(nodes),
    failsWith("forbidden", /User "jane" cannot list resource "nodes".*\(Cluster\)Role/),
  );
  jane.close();
  const stranger = (more: Partial<ClusterAccess>) => testClient({ ...api.access, ...more });
  const token = { kind: "token", token: "no-such-token" } as const;
  await assert.rejects(stranger({ credentials: token }).list(nodes), failsWith("unauthorized"));
  await assert.rejects(stranger({ tls: { insecure: false } }).list(nodes), failsWith("tls"));
});

test("KubeClient works with the rights that RBAC gives, and with a service account's token", async () => {
  const namespace = await newNamespace();
  const metadata = { namespace, name: "reader" };
  await client.request({
    method: "POST",
    path: `/api/v1/namespaces/${namespace}/serviceaccounts`,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ metadata }),
  });
  const rules = [{ apiGroups: [""], resources: ["nodes"], verbs: ["list"] }];
  await client.create(clusterRoles, { metadata: { name: namespace }, rules });
  await client.create(clusterRoleBindings, {
    metadata: { name: namespace },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: namespace },
    subjects: [{ kind: "ServiceAccount", namespace, name: "reader" }],
  });
  const token = (await kubectl("create", "token", "-n", namespace, "reader")).trim();
  const reader = testClient({ ...api.access, credentials: { kind: "token", token } });
  assert.deepEqual((await reader.list(nodes)).items, []);
  await assert.rejects(reader.list(pods), failsWith("forbidden", /system:serviceaccount:test-/));
  reader.close();
});

test("reflector() follows what kubectl and the common client write, in one Namespace", async () => {
  const namespace = await newNamespace();
  const one = reflector({
    client,
    resource: configMaps,
    selection: { namespace, labelSelector: "app=antrea" },
    project: ({ data }) => ({ mode: data?.["mode"] ?? "encap" }),
    indexes: { mode: ({ mode }) => [mode] },
    log,
    clock,
  });
  await one.start(soon());
  assert.equal(one.store.size, 0);
  const labels = { app: "antrea" };
  const body = { metadata: { name: "a", labels }, data: { mode: "hybrid" } };
  await peer.createNamespacedConfigMap({ namespace, body });
  await one.store.waitFor((store) => store.by("mode", "hybrid").length, { signal: soon() });
  await kubectl("create", "cm", "-n", namespace, "unlabelled");
  await kubectl("label", "cm", "-n", namespace, "unlabelled", "app=antrea");
  await one.store.waitFor((store) => store.has(`${namespace}/unlabelled`), { signal: soon() });
  await kubectl("label", "cm", "-n", namespace, "a", "app-");
  await one.store.waitFor((store) => !store.has(`${namespace}/a`), { signal: soon() });
  assert.deepEqual([...one.store.keys()], [`${namespace}/unlabelled`]);
  await one.stop();
});

test("reflector() fills its store from one streaming list of a real server", async () => {
  const namespace = await newNamespace();
  const regarding = { apiVersion: "v1", kind: "ConfigMap", namespace, name: "pool" };
  const source = { component: "test", host: "node-1" };
  const recorder = eventRecorder({ client, source, log, clock });
  for (const reason of ["One", "Two"])
    recorder.record({ regarding, type: "Normal", reason, message: reason });
  await recorder.stop();
  const one = reflector({
    // Streams only: a list would fail. Events are not cached, so Debian's etcd can serve them so.
    client: { ...client, list: () => Promise.reject(new Error("This is a list")) },
    resource: events,
    selection: { namespace },
    project: ({ reason }) => reason,
    log,
    clock,
  });
  await one.start(soon());
  assert.deepEqual([...one.store.values()].sort(), ["One", "Two"]);
  await one.stop();
});

test("reflector() sees the same events as the common client", async () => {
  const namespace = await newNamespace();
  const seen: string[] = [];
  const { resourceVersion } = await client.list(configMaps, { namespace });
  const stop = await new Watch(config).watch(
    `/api/v1/namespaces/${namespace}/configmaps`,
    { resourceVersion },
    (type: string, object: { metadata: { name: string } }) =>
      seen.push(`${type} ${object.metadata.name}`),
    () => {},
  );
  const own: string[] = [];
  const one = reflector({
    client,
    resource: configMaps,
    selection: { namespace },
    project: ({ metadata }) => metadata?.resourceVersion,
    log,
    clock,
  });
  one.store.onChange((key, before, after) => {
    const type = before === undefined ? "ADDED" : after === undefined ? "DELETED" : "MODIFIED";
    own.push(`${type} ${key.slice(namespace.length + 1)}`);
  });
  await one.start(soon());
  for (let i = 0; i < 20; i++) {
    const metadata = { namespace, name: `c${i % 7}` };
    await client.apply(configMaps, { metadata, data: { i: `${i}` } }, { fieldManager: "test" });
    if (i % 3 === 0) await client.delete(configMaps, metadata);
  }
  await client.create(configMaps, { metadata: { namespace, name: "last" } });
  await one.store.waitFor((store) => store.has(`${namespace}/last`), { signal: soon() });
  while (!seen.includes("ADDED last")) await clock.sleep(10, { signal: soon() });
  stop.abort();
  await one.stop();
  assert.deepEqual(own, seen);
});

test("reflector() outlives a crash of the API server without a single deletion, also when history is gone", async () => {
  const namespace = await newNamespace();
  for (const name of ["a", "b"]) await client.create(configMaps, { metadata: { namespace, name } });
  const one = reflector({
    client,
    resource: configMaps,
    selection: { namespace },
    project: ({ data }) => ({ value: data?.["value"] }),
    log,
    clock,
  });
  const deletions: string[] = [];
  one.store.onChange((key, _before, after) => {
    if (after === undefined) deletions.push(key);
  });
  await one.start(soon());
  await api.crash();
  assert.equal(one.store.size, 2);
  await api.compact();
  await api.start();
  const metadata = { namespace, name: "a" };
  await client.apply(configMaps, { metadata, data: { value: "new" } }, { fieldManager: "test" });
  await one.store.waitFor((store) => store.get(`${namespace}/a`)?.value === "new", {
    signal: soon(),
  });
  assert.equal(one.store.size, 2);
  assert.deepEqual(deletions, []);
  await one.stop();
});

test("leaderElection() hands over at once when the leader stops, and kubectl shows the holder", async () => {
  const namespace = await newNamespace();
  const lease = { namespace, name: "antrea-controller" };
  const terms: string[] = [];
  const leads = { a: Promise.withResolvers<void>(), b: Promise.withResolvers<void>() };
  const candidate = (identity: "a" | "b") =>
    leaderElection({
      client,
      lease,
      identity,
      log,
      clock,
      async lead(signal) {
        terms.push(`${identity} begins`);
        leads[identity].resolve();
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        terms.push(`${identity} ends`);
      },
    });
  const [a, b] = [candidate("a"), candidate("b")];
  await a.start(soon());
  await leads.a.promise;
  await b.start(soon());
  const holder = () =>
    kubectl("get", "lease", "-n", namespace, lease.name, "-o", "jsonpath={.spec.holderIdentity}");
  assert.equal(await holder(), "a");
  await a.stop();
  assert.equal(a.isLeader, false);
  await leads.b.promise;
  assert.deepEqual(terms, ["a begins", "a ends", "b begins"]);
  assert.equal(await holder(), "b");
  assert.equal((await client.get(leases, lease)).spec?.leaseTransitions, 1);
  await b.stop();
  assert.equal(await holder(), "");
});

test("leaderElection() ends the term of a leader that is cut off before the next one begins", async () => {
  const namespace = await newNamespace();
  const timing = { durationMs: 3000, renewDeadlineMs: 1500, retryMs: 200 };
  const terms: string[] = [];
  const begun = { a: Promise.withResolvers<void>(), b: Promise.withResolvers<void>() };
  let isCut = false;
  const cut: typeof client.replace = (...call) =>
    isCut ? Promise.reject(new Error("no way to the server")) : client.replace(...call);
  const candidate = (identity: "a" | "b", replace: typeof client.replace) =>
    leaderElection({
      client: { ...client, replace },
      lease: { namespace, name: "antrea-controller" },
      identity,
      log,
      clock,
      timing,
      async lead(signal) {
        terms.push(`${identity} begins`);
        begun[identity].resolve();
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        terms.push(`${identity} ends`);
      },
    });
  const [a, b] = [candidate("a", cut), candidate("b", client.replace)];
  await a.start(soon());
  await begun.a.promise;
  await b.start(soon());
  isCut = true;
  await begun.b.promise;
  assert.deepEqual(terms, ["a begins", "a ends", "b begins"]);
  assert.deepEqual([a.isLeader, b.isLeader], [false, true]);
  await Promise.all([a.stop(), b.stop()]);
});

test("leaderElection() says of a term whether somebody else may have led since the one before", async () => {
  const namespace = await newNamespace();
  const lease = { namespace, name: "antrea-controller" };
  const terms: string[] = [];
  let begun = Promise.withResolvers<void>();
  let ended = Promise.withResolvers<void>();
  let isCut = false;
  const one = leaderElection({
    client: {
      ...client,
      replace: (...call: Parameters<typeof client.replace>) =>
        isCut ? Promise.reject(new Error("no way to the server")) : client.replace(...call),
    } as typeof client,
    lease,
    identity: "a",
    log,
    clock,
    timing: { durationMs: 2000, renewDeadlineMs: 1500, retryMs: 100 },
    async lead(signal, { isUnbroken }) {
      terms.push(isUnbroken ? "again" : "anew");
      begun.resolve();
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      ended.resolve();
    },
  });
  const nextTerm = async (meanwhile: () => Promise<unknown>) => {
    [begun, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    isCut = true;
    await ended.promise;
    await meanwhile();
    isCut = false;
    await begun.promise;
  };
  await one.start(soon());
  await begun.promise;
  await nextTerm(async () => {});
  await nextTerm(async () => {
    const before = await client.get(leases, lease);
    await client.replace(leases, { ...before, spec: { ...before.spec, holderIdentity: "b" } });
    while (one.holder !== "b") await clock.sleep(10);
  });
  assert.deepEqual(terms, ["anew", "again", "anew"]);
  await one.stop();
});

test("eventRecorder() shows in kubectl describe, once, with a count", async () => {
  const namespace = await newNamespace();
  const { metadata } = await client.create(configMaps, { metadata: { namespace, name: "pool" } });
  const source = { component: "antrea-controller", host: "node-1" };
  const recorder = eventRecorder({ client, source, log, clock });
  const uid = metadata?.uid; // kubectl finds Events by it
  const regarding = { apiVersion: "v1", kind: "ConfigMap", namespace, name: "pool", uid };
  const note = {
    regarding,
    type: "Warning",
    reason: "Exhausted",
    message: "No address left",
  } as const;
  for (let i = 0; i < 3; i++) recorder.record(note);
  await recorder.stop();
  const { items } = await client.list(events, { namespace });
  assert.deepEqual(
    items.map(({ reason, count, type }) => [reason, count, type]),
    [["Exhausted", 3, "Warning"]],
  );
  assert.match(
    await kubectl("describe", "cm", "-n", namespace, "pool"),
    /Exhausted .*No address left/,
  );
});

test("eventRecorder() makes an Event anew that the server has forgotten, and never throws", async () => {
  const namespace = await newNamespace();
  const source = { component: "antrea-controller", host: "node-1" };
  const recorder = eventRecorder({ client, source, log, clock });
  const regarding = { apiVersion: "v1", kind: "ConfigMap", namespace, name: "pool" };
  const note = { regarding, type: "Normal", reason: "Tried", message: "again" } as const;
  const stored = async () => (await client.list(events, { namespace })).items;
  recorder.record(note);
  while ((await stored()).length === 0) await clock.sleep(10, { signal: soon() });
  await kubectl("delete", "events", "-n", namespace, "--all");
  recorder.record(note);
  while ((await stored()).length === 0) await clock.sleep(10, { signal: soon() });
  recorder.record({ ...note, regarding: { ...regarding, namespace: "no-such-namespace" } });
  await recorder.stop();
  assert.equal((await stored())[0]?.count, 1);
});

test("execInPod() gives the server's own refusal", async () => {
  const namespace = await newNamespace();
  const name = { namespace, name: "nowhere" };
  await client.create(pods, { metadata: name, spec: { containers: [{ name: "a", image: "a" }] } });
  const run = (pod: string, access = api.access) =>
    execInPod({ access, clock, userAgent: "test", pod: { namespace, name: pod }, command: ["x"] });
  await assert.rejects(run("absent"), failsWith("not-found", /pods "absent" not found/));
  await assert.rejects(run("nowhere"), failsWith("invalid", /does not have a host assigned/));
  const jane = await api.accessAs("/CN=jane");
  await assert.rejects(run("nowhere", jane), failsWith("forbidden", /pods\/exec/));
});
