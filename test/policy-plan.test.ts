import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { patience } from "@antrea/lab";
import { antctl } from "./support/antctl.ts";
import { eventually, inAgent, labForFile, startPods } from "./support/cluster.ts";

/** What `antctl plan` says of policies, held against what switches have once these are applied. */
const lab = labForFile("policy-plan", { nodes: 2 });

const file = join(tmpdir(), `policy-plan-${process.pid}.json`);
after(() => rm(file, { force: true }));
const nodes = ["node-1", "node-2"] as const;

const app = (name: string) => ({ podSelector: { matchLabels: { app: name } } });
const policy = (...ports: readonly number[]) => ({
  ...{ apiVersion: "crd.antrea.io/v1alpha1", kind: "ClusterNetworkPolicy" },
  metadata: { name: "on-server" },
  spec: {
    ...{ priority: 5, tier: "securityops", appliedTo: [app("server")] },
    ingress: ports.map((port) => ({
      ...{ action: "Drop", from: [app("client")], name: `drop-${port}` },
      ports: [{ protocol: "TCP", port }],
    })),
  },
});
const onlyClient = {
  ...{ apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" },
  metadata: { name: "only-client", namespace: "default" },
  spec: { ...app("server"), policyTypes: ["Ingress"], ingress: [{ from: [app("client")] }] },
};

interface Row {
  readonly change: "add" | "modify" | "remove";
  readonly table: string;
  readonly flow: string;
}

interface Planned {
  readonly objects: readonly { readonly action: string; readonly reasons: readonly string[] }[];
  readonly nodes: readonly {
    readonly node: string;
    readonly pods: readonly string[];
    readonly flows: readonly Row[];
  }[];
  readonly pairs: {
    readonly denied: { readonly pairs: number; readonly examples: readonly { from: string }[] };
  };
}

async function planned(objects: readonly object[], ...more: readonly string[]): Promise<Planned> {
  await writeFile(file, JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }));
  const { out, err } = await antctl(lab(), "machine", ["plan", "-f", file, "-o", "json", ...more]);
  assert.equal(err, "");
  return JSON.parse(out) as Planned;
}

/** Every flow of policies that a Node's switch has. */
async function flowsOn(node: string): Promise<readonly { table: string; flow: string }[]> {
  const argv = ["antctl", "get", "ovsflows", "-o", "json"];
  const told = JSON.parse(await inAgent(lab(), node, "antrea-agent", argv)) as readonly {
    readonly feature?: string;
    readonly table: string;
    readonly flow: string;
  }[];
  return told.filter(({ feature }) => feature === "NetworkPolicy");
}

const texts = (flows: readonly { readonly flow: string }[]): readonly string[] =>
  flows.map(({ flow }) => flow).sort();
const planOf = (node: string, { nodes: all }: Planned): readonly Row[] =>
  all.find((one) => one.node === node)?.flows ?? [];

/** The numbers of rules follow from UIDs, which new policies do not have when they are planned. */
function withoutNumbers(flow: string): string {
  return flow
    .replaceAll(/conjunction\(\d+,/g, "conjunction(N,")
    .replaceAll(/conj_id=\d+/g, "conj_id=N")
    .replaceAll(/0x[0-9a-f]{5,}/g, "N");
}

async function inForce(name: string): Promise<void> {
  const { exitCode, err } = await antctl(lab(), "machine", ["wait", "policy", name]);
  assert.equal(exitCode, 0, err);
}

test("antctl plan foretells who is told of a new policy, for whom, and how many flows it costs", async () => {
  await startPods(lab(), [
    { name: "client", node: "node-1" },
    { name: "server", node: "node-2" },
  ]);
  const plan = await planned([policy(80)]);
  assert.deepEqual(
    plan.objects.map(({ action }) => action),
    ["create"],
  );
  assert.deepEqual(
    plan.nodes.map(({ node, pods }) => [node, pods]),
    [["node-2", ["default/server"]]],
  );
  assert.deepEqual(plan.pairs.denied.examples[0]?.from, "default/client");

  const before = texts(await flowsOn("node-2"));
  await lab().apply([policy(80)]);
  await inForce("on-server");
  const after = (await flowsOn("node-2")).filter(({ flow }) => !before.includes(flow));
  assert.deepEqual(
    texts(planOf("node-2", plan)).map(withoutNumbers).sort(),
    texts(after).map(withoutNumbers).sort(),
  );
});

test("antctl plan foretells the flows of a changed policy, flow by flow", async () => {
  const plan = await planned([policy(443, 80)]);
  const before = await flowsOn("node-2");
  await lab().apply([policy(443, 80)]);
  await inForce("on-server");
  const after = await flowsOn("node-2");
  expectForetold(planOf("node-2", plan), before, after);
});

type Flows = Awaited<ReturnType<typeof flowsOn>>;

/** Checks that flows became others as it was foretold. */
function expectForetold(rows: readonly Row[], before: Flows, after: Flows): void {
  const now = new Set(texts(after));
  const was = new Set(texts(before));
  const of = (...kinds: readonly string[]) =>
    texts(rows.filter(({ change }) => kinds.includes(change)));
  assert.ok(of("add").length > 0);
  assert.deepEqual(of("add", "modify"), texts(after.filter(({ flow }) => !was.has(flow))));
  assert.ok(of("remove").every((flow) => was.has(flow) && !now.has(flow)));
}

test("antctl plan foretells what another selector of a Service changes, flow by flow", async () => {
  const service = (name: string) => ({
    ...{ apiVersion: "v1", kind: "Service", metadata: { name: "front", namespace: "default" } },
    spec: { selector: { app: name }, ports: [{ port: 80 }] },
  });
  const group = {
    ...{ apiVersion: "crd.antrea.io/v1beta1", kind: "ClusterGroup", metadata: { name: "front" } },
    spec: { serviceReference: { name: "front", namespace: "default" } },
  };
  const fromFront = {
    ...{ apiVersion: "crd.antrea.io/v1beta1", kind: "ClusterNetworkPolicy" },
    metadata: { name: "from-front" },
    spec: {
      ...{ priority: 6, appliedTo: [app("server")] },
      ingress: [{ action: "Drop", from: [{ group: "front" }] }],
    },
  };
  await startPods(lab(), [{ name: "other", node: "node-1" }]);
  await lab().apply([service("client"), group, fromFront]);
  await inForce("from-front");
  const plan = await planned([service("other")]);
  assert.deepEqual(
    plan.objects.map(({ action }) => action),
    ["change"],
  );
  assert.deepEqual(
    plan.nodes.map(({ node, pods }) => [node, pods]),
    [["node-2", ["default/server"]]],
  );
  const before = await flowsOn("node-2");
  const was = new Set(texts(before));
  await lab().apply([service("other")]);
  await eventually("the switch has other flows", async () =>
    texts(await flowsOn("node-2")).some((flow) => !was.has(flow)),
  );
  expectForetold(planOf("node-2", plan), before, await flowsOn("node-2"));
  await lab().kubectl(["delete", "acnp/from-front", "cg/front", "svc/front"]);
});

test("antctl plan --delete foretells what goes, and that the API server refuses nothing else", async () => {
  const bad = {
    ...policy(80),
    spec: { ...policy(80).spec, tier: "none" },
    metadata: { name: "bad" },
  };
  const plan = await planned([bad, onlyClient]);
  assert.deepEqual(
    plan.objects.map(({ action }) => action),
    ["refuse", "create"],
  );
  const [reason = "nothing"] = plan.objects[0]?.reasons ?? [];
  await assert.rejects(lab().apply([bad]), (error: Error) =>
    error.message.includes(reason.replace("spec.tier ", "spec.tier: ")),
  );

  const gone = await planned([policy(443, 80)], "--delete");
  await lab().kubectl(["delete", "acnp", "on-server"]);
  await eventually(
    "the switch has no flow of it",
    async () => {
      const now = new Set(texts(await flowsOn("node-2")));
      return planOf("node-2", gone).every(({ flow }) => !now.has(flow));
    },
    10_000 * patience(),
  );
  for (const node of nodes)
    assert.equal(planOf(node, await planned([policy(80)], "--delete")).length, 0);
});
