import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { samplesOf } from "@antrea/base/testing";
import { objectNames, ports } from "@antrea/api";
import { type KubeClient, resources } from "@antrea/kube";
import { type ObjectRule, requestsOf, unusedOf } from "@antrea/kube/testing";
import { auditLogPath, patience, waitFor } from "@antrea/lab";
import { controlplaneGroup } from "@antrea/policy/controlplane";
import { parseAllDocuments } from "yaml";
import { eventually, inAgent, killerOf, labForFile, ping, startPods } from "./support/cluster.ts";
import { apiOf } from "./support/kube-client.ts";
import { compareControllerPlaces, comparePlaces, comparePorts } from "./support/places.ts";
import { askSecurely, readerToken, tokenOf } from "./support/secure-api.ts";
import { steadyPing } from "./support/steady-ping.ts";

/** What a cluster may trust in: two controllers, of which one leads; who may do what; who listens where. */
const lab = labForFile("trust", { mode: "encap", nodes: 3 });
const { namespace, controller } = objectNames;

let client: KubeClient;
let addresses: ReadonlyMap<string, string>;

interface Leader {
  readonly identity: string;
  readonly pod: string;
  readonly node: string;
}

async function findHolder(): Promise<string | undefined> {
  const name = { namespace, name: objectNames.controllerLease };
  const lease = await client.find(resources.leases, name).catch(() => undefined);
  return lease?.spec?.holderIdentity || undefined;
}

async function leader(): Promise<Leader> {
  const identity = (await findHolder()) ?? assert.fail("somebody leads");
  const pod = identity.split("_")[0] ?? "";
  const { spec } = await client.get(resources.pods, { namespace, name: pod });
  return { identity, pod, node: spec?.nodeName ?? "" };
}

/** Hand-over takes less than this, whatever became of the leader. */
const handOverMs = 15_000 * patience();
let joined = 0;

/**
 * Lets the leader perish while Pods of the other Nodes talk, and a Node joins: another one leads soon, the
 * Node gets its Pod CIDR, no packet is lost, and no agent says that anything is not as it should be.
 */
async function perish(
  said: (line: string) => void,
  prepare: (lost: Leader) => Promise<() => Promise<unknown>>,
): Promise<void> {
  const lost = await leader();
  const others = lab()
    .plan.nodes.map(({ name }) => name)
    .filter((name) => name !== lost.node);
  const [here = "", there = ""] = others;
  const echoes = await steadyPing(lab(), `on-${here}`, addresses.get(`on-${there}`) ?? "");
  const untrueBefore = await untrueConditions(others);

  const misfortune = await prepare(lost);
  const begun = performance.now();
  await misfortune();
  const joiner = `joiner-${++joined}`;
  await client.create(resources.nodes, { metadata: { name: joiner } });
  const holder = await waitFor(
    async () => {
      const now = await findHolder();
      return now !== lost.identity ? now : undefined;
    },
    { what: "another controller to lead", timeoutMs: 30_000, everyMs: 20, remedy: "see its log" },
  );
  const tookMs = Math.round(performance.now() - begun);
  const podCidr = await waitFor(
    async () => (await client.get(resources.nodes, { name: joiner })).spec?.podCIDR,
    { what: "the Node to get a Pod CIDR", timeoutMs: 30_000, everyMs: 20, remedy: "see its log" },
  );
  const servedMs = Math.round(performance.now() - begun);
  said(
    `${holder} leads after ${tookMs} ms; the Node that joined had ${podCidr} after ${servedMs} ms`,
  );
  assert.ok(tookMs <= handOverMs, `${tookMs} ms`);
  assert.ok(servedMs <= handOverMs + 1_000 * patience(), `${servedMs} ms`);

  const { answered, lost: unanswered } = await echoes.stop();
  said(
    `${answered} echoes between ${here} and ${there}, one each 10 ms; lost ${unanswered.length}`,
  );
  assert.deepEqual(unanswered, []);
  assert.deepEqual(await untrueConditions(others), untrueBefore);
}

/** What the agents of these Nodes say is not so. */
async function untrueConditions(nodes: readonly string[]): Promise<readonly string[]> {
  const text = await lab().kubectl(["get", "antreaagentinfos", "-o", "json"]);
  const { items } = JSON.parse(text) as {
    readonly items: readonly {
      readonly metadata: { readonly name: string };
      readonly agentConditions: readonly { readonly type: string; readonly status: string }[];
    }[];
  };
  return items
    .filter(({ metadata }) => nodes.includes(metadata.name))
    .flatMap(({ metadata, agentConditions }) =>
      agentConditions
        .filter(({ status }) => status !== "True")
        .map(({ type }) => `${metadata.name}: not ${type}`),
    )
    .sort();
}

/** Every Pod CIDR is some Node's alone. */
async function noneTwice(): Promise<void> {
  const { items } = await client.list(resources.nodes);
  const cidrs = items.map(({ spec }) => spec?.podCIDR ?? "none");
  assert.equal(new Set(cidrs).size, items.length, cidrs.join());
}

test("of two controllers one leads, on another Node than the one that stands by", async () => {
  client = await apiOf(lab());
  await lab().kubectl(["-n", namespace, "scale", "deployment", controller, "--replicas=2"]);
  addresses = await startPods(
    lab(),
    lab().plan.nodes.map(({ name }) => ({ name: `on-${name}`, node: name })),
  );
  await eventually("both controllers are ready", async () => {
    const found = await client.get(resources.deployments, { namespace, name: controller });
    return found.status?.readyReplicas === 2;
  });
  const labelSelector = "component=antrea-controller";
  const { items } = await client.list(resources.pods, { namespace, labelSelector });
  const nodes = new Set(items.map(({ spec }) => spec?.nodeName));
  assert.equal(nodes.size, 2);
  assert.ok(nodes.has((await leader()).node));
});

test("an agent answers on its Node's address who may ask, and tells the others how to", async () => {
  const url = (path: string) => `https://${lab().node("node-1").address}:${ports.agentApi}${path}`;
  const ask = (path: string, token?: string, method?: string) =>
    askSecurely(lab(), "node-2", {
      url: url(path),
      token,
      ca: authority,
      ...(method === undefined ? {} : { method }),
    });
  const bundle = ["get", "antreaagentinfo", "node-1", "-o", "jsonpath={.apiCABundle}"];
  const authority = Buffer.from(await lab().kubectl(bundle), "base64").toString();
  assert.equal((await ask("/readyz")).text, "ok");
  const nameless = await ask("/metrics");
  assert.equal(nameless.status, 401);
  assert.match(nameless.text, /"kind":"Status".*create token antctl/);

  const antctl = await tokenOf(lab(), objectNames.antctl);
  const info = await ask("/agentinfo", antctl);
  assert.equal(JSON.parse(info.text).nodeRef.name, "node-1");
  for (const path of ["/nodes", "/podinterfaces", "/ovsflows", "/changes", "/routes"])
    assert.equal((await ask(path, antctl)).status, 200, path);
  for (const [path, method] of [
    ["/metrics", "GET"],
    ["/loglevel", "PUT"],
    ["/ovstracing", "POST"],
  ] as const)
    assert.equal((await ask(path, antctl, method)).status, 403, path);
  const collector = await readerToken(lab(), "collector", ["/metrics"]);
  const samples = samplesOf((await ask("/metrics", collector)).text);
  assert.equal(samples.get('antrea_agent_condition{type="AgentHealthy"}'), 1);
  assert.equal((await ask("/agentinfo", collector)).status, 403);
});

test("every controller is met by who trusts the ConfigMap antrea-ca", async () => {
  const { authorities: name, authoritiesKey } = objectNames;
  const { data } = await client.get(resources.configMaps, { namespace, name });
  const ca = data?.[authoritiesKey] ?? "";
  const labelSelector = "component=antrea-controller";
  const { items } = await client.list(resources.pods, { namespace, labelSelector });
  const token = await tokenOf(lab(), objectNames.antctl);
  const answers = await Promise.all(
    items.map(({ status }) => {
      const url = `https://${status?.podIP}:${ports.controllerApi}/controllerinfo`;
      return askSecurely(lab(), "node-1", { url, token, ca });
    }),
  );
  const statuses = new Set(answers.map(({ status }) => status));
  assert.deepEqual(statuses, new Set([200, 503]), "one leads, one stands by");
});

test("nothing listens on a Node, and no file of ours is there, that the reference does not say", async () => {
  const { node: leading } = await leader();
  for (const { name } of lab().plan.nodes) {
    const { unknown, missing } = await comparePorts(lab(), name);
    assert.deepEqual(unknown, [], name);
    assert.deepEqual(missing, name === leading ? [] : missing.filter((one) => /POD/.test(one)));
    assert.deepEqual(await comparePlaces(lab(), name), [], name);
  }
});

test("no file is in a controller's Pod that the reference does not say, whether it leads or stands by", async () => {
  const labelSelector = "component=antrea-controller";
  const { items } = await client.list(resources.pods, { namespace, labelSelector });
  assert.equal(items.length, 2);
  for (const { metadata, spec } of items)
    assert.deepEqual(
      await compareControllerPlaces(lab(), spec?.nodeName ?? "", metadata?.name ?? ""),
      [],
      metadata?.name,
    );
});

test("a leading controller that is killed is replaced within 15 s, and no Node or Pod notices", async (t) => {
  await perish(
    (line) => t.diagnostic(line),
    (lost) => killerOf(lab(), lost.node, { namespace, pod: lost.pod, container: controller }),
  );
  await noneTwice();
});

test("a leading controller whose Node is switched off is replaced within 15 s too", async (t) => {
  const { node } = await leader();
  await perish(
    (line) => t.diagnostic(line),
    async () => () => lab().powerOff(node),
  );
  await noneTwice();
  await lab().powerOn(node);
  const [other = ""] = lab()
    .plan.nodes.map(({ name }) => name)
    .filter((name) => name !== node);
  await eventually(
    "the Pod of the Node that was off is reached again",
    async () => {
      const { status } = await client.get(resources.pods, {
        namespace: "default",
        name: `on-${node}`,
      });
      const address = status?.podIP ?? "";
      return address !== "" && (await ping(lab(), `on-${other}`, address, { count: 1 })) === 1;
    },
    60_000,
  );
});

test("agents use each right that they have, and ask for nothing that they have not", async () => {
  // what is put back twice is told in an Event that is made, and then counted
  const [node = ""] = lab().plan.nodes.map(({ name }) => name);
  const drift = async () => {
    const { items } = await client.list(resources.events, { namespace: "default" });
    const ours = items.filter(({ reason }) => reason === "DriftCorrected");
    return ours.reduce((sum, { count = 0 }) => sum + count, 0);
  };
  for (const times of [1, 2]) {
    const del = ["ovs-ofctl", "-O", "OpenFlow15", "--names", "del-flows", "br-int"] as const;
    await inAgent(lab(), node, "antrea-ovs", [...del, "table=L3DecTTL"]);
    await eventually(`the Event is told ${times} times`, async () => (await drift()) >= times);
  }
  const user = `system:serviceaccount:${namespace}:${objectNames.agent}`;
  const asked = requestsOf(readFileSync(auditLogPath(lab().plan), "utf8"), user);
  assert.deepEqual(
    asked.filter(({ code }) => code === 401 || code === 403),
    [],
  );
  // what agents ask of the controller itself is not in the API server's log
  const rules = rulesOf(objectNames.agent).filter(
    ({ apiGroups }) => !apiGroups.includes(controlplaneGroup),
  );
  assert.ok(rules.length > 4);
  assert.deepEqual(unusedOf(rules, asked), []);
});

/** What the manifest's roles of this name allow. */
function rulesOf(name: string): readonly ObjectRule[] {
  const manifest = readFileSync(new URL("../deploy/antrea.yml", import.meta.url), "utf8");
  return parseAllDocuments(manifest)
    .map((document) => document.toJS() as ManifestRole)
    .filter(({ kind, metadata }) => kind.endsWith("Role") && metadata.name === name)
    .flatMap(({ rules }) => rules);
}

interface ManifestRole {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly rules: readonly ObjectRule[];
}
