import assert from "node:assert/strict";
import { test } from "node:test";
import { objectNames } from "@antrea/api";
import { type KubeClient, resources } from "@antrea/kube";
import { waitFor } from "@antrea/lab";
import { eventually, killPodContainer, labForFile, ping, startPods } from "./support/cluster.ts";
import { adminClient } from "./support/kube-client.ts";
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
const handOverMs = 15_000;
let joined = 0;

/**
 * Lets the leader perish while Pods of the other Nodes talk, and a Node joins: another one leads soon, the
 * Node gets its Pod CIDR, no packet is lost, and no agent says that anything is not as it should be.
 */
async function perish(
  said: (line: string) => void,
  misfortune: (lost: Leader) => Promise<unknown>,
): Promise<void> {
  const lost = await leader();
  const others = lab()
    .plan.nodes.map(({ name }) => name)
    .filter((name) => name !== lost.node);
  const [here = "", there = ""] = others;
  const echoes = await steadyPing(lab(), `on-${here}`, addresses.get(`on-${there}`) ?? "");
  const untrueBefore = await untrueConditions(others);

  const begun = performance.now();
  await misfortune(lost);
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
  assert.ok(servedMs <= handOverMs + 1_000, `${servedMs} ms`);

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
  client = await adminClient(lab());
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

test("a leading controller that is killed is replaced within 15 s, and no Node or Pod notices", async (t) => {
  const killed = (lost: Leader) =>
    killPodContainer(lab(), lost.node, { namespace, pod: lost.pod, container: controller });
  await perish((line) => t.diagnostic(line), killed);
  await noneTwice();
});

test("a leading controller whose Node is switched off is replaced within 15 s too", async (t) => {
  const { node } = await leader();
  await perish(
    (line) => t.diagnostic(line),
    () => lab().powerOff(node),
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
