import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, createServer, get, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import type { AnswerStream } from "@antrea/base/io/https-server";
import { systemClock } from "@antrea/base/io";
import { type ClusterUpdate, type PodRecord, policyComputation } from "@antrea/policy";
import { type StreamName, streams } from "@antrea/policy/controlplane";
import { antreaPolicy, kubernetesPolicy, namespace, pod } from "@antrea/policy/testing";
import { controlplaneApi } from "./api.ts";
import { dissemination } from "./dissemination.ts";

const nodeCount = 1_000;
const namespaceCount = 100;
const podsOfNamespace = 20;
const changes = 20;
const followed = ["networkpolicies", "addressgroups", "appliedtogroups"] as const;
const agentUser = "agent";
const nodeOfToken = "authentication.kubernetes.io/node-name";

/** Random numbers that are the same for the same seed (mulberry32). */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** What there is, told as it is made; who needs what is worked out from it by looking through all of it. */
class Cluster {
  readonly pods = new Map<string, PodRecord>();
  /** The label of the Pods that the policy of a Namespace is for; undefined where there is none. */
  readonly wanted = new Map<string, string | undefined>();

  setPod(to: ClusterUpdate, key: string, nodeName: string, app: string): void {
    const made = pod(key, { nodeName, labels: { app } });
    this.pods.set(key, made);
    to.setPod(made);
  }

  setPolicy(to: ClusterUpdate, place: string, app: string | undefined): void {
    this.wanted.set(place, app);
    const made = kubernetesPolicy(`${place}/np`, {
      podSelector: { matchLabels: { app: app ?? "" } },
      ingress: [{ from: [{ podSelector: { matchLabels: { app: "client" } } }] }],
    });
    if (app === undefined) to.removePolicy(made);
    else to.setPolicy(made);
  }

  /** UIDs of the policies of each Node: those of Namespaces, and one that is for all Pods. */
  policiesOf(): Map<string, Set<string>> {
    const all = new Map<string, Set<string>>();
    for (const { namespace: place, nodeName = "", labels } of this.pods.values()) {
      const own = all.get(nodeName) ?? new Set(["uid-antrea-self"]);
      if (labels["app"] === this.wanted.get(place)) own.add(`uid-k8s-${place}/np`);
      all.set(nodeName, own);
    }
    return all;
  }
}

interface Told {
  readonly type: string;
  readonly object: {
    readonly metadata: { readonly name: string; readonly resourceVersion?: string };
    readonly appliedToGroups?: readonly string[];
    readonly rules?: readonly {
      readonly appliedToGroups?: readonly string[];
      readonly from?: { readonly addressGroups?: readonly string[] };
    }[];
    readonly groupMembers?: readonly { readonly pod?: { name: string; namespace: string } }[];
    readonly addedGroupMembers?: readonly { readonly pod?: { name: string; namespace: string } }[];
  };
}

/** One Node's agent: what it was told, by stream. */
class Reader {
  readonly node: string;
  readonly has = new Map<StreamName, Map<string, Told["object"]>>();
  /** Names of Pods whose group it was told as one of its own. */
  readonly members = new Set<string>();
  readonly reached = new Map<StreamName, string>();

  constructor(node: string) {
    this.node = node;
    for (const stream of followed) this.has.set(stream, new Map());
  }

  take(stream: StreamName, { type, object }: Told): void {
    const own = this.has.get(stream) ?? assert.fail();
    const { name, resourceVersion = "" } = object.metadata;
    if (type === "BOOKMARK") this.reached.set(stream, resourceVersion);
    else if (type === "DELETED") own.delete(name);
    else if (stream === "networkpolicies" || type === "ADDED") own.set(name, object);
    if (stream !== "appliedtogroups") return;
    for (const { pod: one } of [
      ...(object.groupMembers ?? []),
      ...(object.addedGroupMembers ?? []),
    ])
      if (one) this.members.add(`${one.namespace}/${one.name}`);
  }

  names(stream: StreamName): readonly string[] {
    return [...(this.has.get(stream)?.keys() ?? [])].sort();
  }

  /** The groups that its policies speak of. */
  groupsNeeded(): { readonly appliedTo: readonly string[]; readonly address: readonly string[] } {
    const policies = [...(this.has.get("networkpolicies")?.values() ?? [])];
    const rules = policies.flatMap((one) => one.rules ?? []);
    const appliedTo = [...policies, ...rules].flatMap((one) => one.appliedToGroups ?? []);
    const address = rules.flatMap((rule) => rule.from?.addressGroups ?? []);
    return { appliedTo: [...new Set(appliedTo)].sort(), address: [...new Set(address)].sort() };
  }
}

/** The controller's API over plain HTTP: a header says on which Node the agent is that asks. */
async function serve(t: TestContext, api: ReturnType<typeof controlplaneApi>): Promise<number> {
  const server = createServer((request, response) => {
    const { pathname: path, searchParams: query } = new URL(request.url ?? "/", "http://server");
    const node = String(request.headers["x-node"]);
    const call = api.find({ method: "GET", path, query, body: "" }) ?? assert.fail(path);
    const user = { username: agentUser, uid: "", groups: [], extra: { [nodeOfToken]: [node] } };
    const { status, body } = call.answer(user);
    response.writeHead(status);
    response.flushHeaders();
    if (typeof body === "string") response.end(body);
    else body(streamOf(response));
  });
  server.listen({ port: 0, host: "127.0.0.1", backlog: 4_096 });
  await once(server, "listening");
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

function streamOf(response: ServerResponse): AnswerStream {
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  return {
    write: (text) => void response.write(text),
    get bufferedBytes() {
      return response.writableLength;
    },
    end: () => void response.end(),
    cut: () => void response.destroy(),
    signal: gone.signal,
  };
}

/** Opens a watch, and hands on what comes. */
async function follow(
  port: number,
  agent: Agent,
  reader: Reader,
  stream: StreamName,
  heard: () => void,
) {
  const query = `watch=1&allowWatchBookmarks=true&fieldSelector=nodeName%3D${reader.node}`;
  const path = `/apis/controlplane.antrea.io/v1beta2/${stream}?${query}`;
  const headers = { "x-node": reader.node };
  const asked = get({ host: "127.0.0.1", port, path, agent, headers });
  const [answer] = (await once(asked, "response")) as [IncomingMessage];
  assert.equal(answer.statusCode, 200);
  const lines = createInterface({ input: answer });
  lines.on("error", () => {}); // the end of the test cuts it
  lines.on("line", (line) => {
    reader.take(stream, JSON.parse(line) as Told);
    heard();
  });
}

/** Nothing but what its policies speak of, and of what is for somebody nothing but its own Pods. */
function assertOwnShare(reader: Reader, policies: ReadonlySet<string>, cluster: Cluster): void {
  const { node } = reader;
  assert.deepEqual(reader.names("networkpolicies"), [...policies].sort(), node);
  const { appliedTo, address } = reader.groupsNeeded();
  assert.deepEqual(reader.names("appliedtogroups"), appliedTo, node);
  assert.deepEqual(reader.names("addressgroups"), address, node);
  for (const key of reader.members)
    assert.equal(cluster.pods.get(key)?.nodeName, node, `${key} is told to ${node}`);
  reader.members.clear();
}

test("controlplaneApi() tells each of 1000 watching Nodes its own share, and nothing of others, through all changes", async (t) => {
  const seed = Date.now();
  t.diagnostic(`seed ${seed}`);
  const random = randomFrom(seed);
  const node = () => `node-${random(nodeCount)}`;
  const place = () => `ns-${random(namespaceCount)}`;
  const app = () => ["web", "client", "store"][random(3)] ?? "";
  const told = dissemination({
    ...{ computation: policyComputation(), counter: "c", mostBufferedBytes: 1 << 20 },
    onSlow: (stream, who) => assert.fail(`${who} reads ${stream} too slowly`),
  });
  t.after(told.close);
  const cluster = new Cluster();
  told.tell((to) => {
    for (let i = 0; i < namespaceCount; i++) {
      to.setNamespace(namespace(`ns-${i}`));
      for (let n = 0; n < podsOfNamespace; n++)
        cluster.setPod(
          to,
          `ns-${i}/pod-${n}`,
          `node-${(i * podsOfNamespace + n) % nodeCount}`,
          app(),
        );
      cluster.setPolicy(to, `ns-${i}`, app());
    }
    to.setPolicy(
      antreaPolicy("self", {
        appliedTo: [{ podSelector: {} }],
        ingress: [
          { action: "Allow", from: [{ namespaces: { match: "Self" } }] },
          { action: "Drop" },
        ],
      }),
    );
  });

  const share = { dissemination: told, take: () => {} };
  const deps = { current: () => share, absence: () => "", agentUser, clock: systemClock };
  const port = await serve(t, controlplaneApi(deps));
  const agent = new Agent({ maxSockets: Number.POSITIVE_INFINITY });
  t.after(() => agent.destroy());
  const readers = Array.from({ length: nodeCount }, (_, i) => new Reader(`node-${i}`));
  let heard = Promise.withResolvers<void>();
  await Promise.all(
    readers.flatMap((reader) =>
      followed.map((stream) => follow(port, agent, reader, stream, () => heard.resolve())),
    ),
  );
  assert.equal(told.watcherCount, nodeCount * followed.length);

  /** A beat behind all that was told has come to everybody. */
  async function settled(): Promise<void> {
    told.beat();
    const { resourceVersion: mark } = told.list("networkpolicies", { name: "none" });
    for (;;) {
      if (readers.every(({ reached }) => followed.every((one) => reached.get(one) === mark)))
        return;
      await heard.promise;
      heard = Promise.withResolvers();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  function change(to: ClusterUpdate): void {
    const key = `${place()}/pod-${random(podsOfNamespace)}`;
    const kind = random(3);
    if (kind === 0) cluster.setPod(to, key, node(), app());
    else cluster.setPolicy(to, place(), kind === 1 ? app() : undefined);
  }

  for (let i = 0; i <= changes; i++) {
    if (i > 0) told.tell(change);
    await settled();
    const policies = cluster.policiesOf();
    for (const reader of readers)
      assertOwnShare(reader, policies.get(reader.node) ?? new Set(), cluster);
  }
  assert.equal(Object.keys(streams).length, followed.length + 1, "receipts are of one Node each");
});
