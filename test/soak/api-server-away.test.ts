import assert from "node:assert/strict";
import { test } from "node:test";
import { objectNames } from "@antrea/api";
import { type KubeClient, resources } from "@antrea/kube";
import {
  agentPod,
  type ContainerDoor,
  containerDoor,
  eventually,
  labForFile,
  ping,
  startPods,
} from "../support/cluster.ts";
import { apiOf } from "../support/kube-client.ts";

/** Ten minutes without an API server, with two controllers and Pods made before and after. */
const lab = labForFile("apiaway", { mode: "hybrid", nodes: 3, subnets: 2 });
const { namespace, controller } = objectNames;
const awaySeconds = 600;

/** The Pods whose talk is watched: through the tunnel, directly, and on one Node. */
const before = [
  { name: "left", node: "node-1" },
  { name: "beside", node: "node-1" },
  { name: "near", node: "node-2" },
  { name: "far", node: "node-3" },
] as const;

const dumpFlows = ["ovs-ofctl", "-O", "OpenFlow15", "--no-stats", "dump-flows", "br-int"] as const;

async function flowsOf(door: ContainerDoor): Promise<readonly string[]> {
  return (await door.run(dumpFlows))
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line.includes("actions=") && !line.includes("idle_timeout"))
    .sort();
}

/** What each agent says of itself, asked in its Pod without the API server. */
function untrue(json: string): readonly string[] {
  const { agentConditions } = JSON.parse(json) as {
    readonly agentConditions: readonly { readonly type: string; readonly status: string }[];
  };
  return agentConditions.filter(({ status }) => status !== "True").map(({ type }) => type);
}

let client: KubeClient;
let addresses: ReadonlyMap<string, string>;

test("the API server away for ten minutes: no packet is lost, and what is deleted comes back", async (t) => {
  client = await apiOf(lab());
  await lab().kubectl(["-n", namespace, "scale", "deployment", controller, "--replicas=2"]);
  addresses = await startPods(lab(), before);
  await eventually("both controllers are ready", async () => {
    const found = await client.get(resources.deployments, { namespace, name: controller });
    return found.status?.readyReplicas === 2;
  });
  const left = await containerDoor(lab(), "node-1", { pod: "left", container: "left" });
  const inAgentPod = async (container: string) =>
    containerDoor(lab(), "node-1", {
      namespace,
      pod: await agentPod(lab(), "node-1"),
      container,
    });
  const [ovs, agent] = [await inAgentPod("antrea-ovs"), await inAgentPod("antrea-agent")];
  const info = async () => untrue(await agent.run(["antctl", "get", "agentinfo", "-o", "json"]));
  const [flows, always] = [await flowsOf(ovs), await info()];

  await lab().stop("kube-apiserver");
  const train = ["-q", "-c", String(awaySeconds), "-i", "1", "-W", "2"];
  const echoes = ["beside", "near", "far"].map((name) =>
    left.run(["ping", ...train, addresses.get(name) ?? ""]),
  );
  await eventually("the agent says that it is away", async () =>
    (await info()).includes("ControllerConnectionUp"),
  );
  assert.deepEqual(
    (await info()).filter((type) => type !== "ControllerConnectionUp"),
    always,
    "Pods can be connected all the same",
  );
  const deletion = ["-O", "OpenFlow15", "--names", "del-flows", "br-int", "table=ARPResponder"];
  await ovs.run(["ovs-ofctl", ...deletion]);
  await eventually(
    "the flows are as before, from what the agent remembers",
    async () => JSON.stringify(await flowsOf(ovs)) === JSON.stringify(flows),
  );
  for (const said of await Promise.all(echoes)) {
    t.diagnostic(/\d+ packets transmitted.*/.exec(said)?.[0] ?? said);
    assert.match(said, new RegExp(`, ${awaySeconds} received`));
  }
  assert.deepEqual(await flowsOf(ovs), flows);
  await lab().start("kube-apiserver");
});

test("after it: agents and controllers are well, a Node that joins gets its Pod CIDR, Pods made before and after talk", async (t) => {
  const begun = performance.now();
  await eventually(
    "the API server is back",
    () =>
      client.get(resources.nodes, { name: "node-1" }).then(
        () => true,
        () => false,
      ),
    60_000,
  );
  await eventually(
    "all agents say that they have it again",
    async () => {
      const text = await lab().kubectl(["get", "antreaagentinfos", "-o", "json"]);
      const { items } = JSON.parse(text) as { readonly items: readonly object[] };
      const fresh = items.every(
        (item) => !untrue(JSON.stringify(item)).includes("ControllerConnectionUp"),
      );
      const heartbeats = [...text.matchAll(/"lastHeartbeatTime": "([^"]+)"/g)].map(([, at = ""]) =>
        Date.parse(at),
      );
      return fresh && heartbeats.every((at) => Date.now() - at < 90_000);
    },
    120_000,
  );
  t.diagnostic(`all agents are heard ${Math.round(performance.now() - begun)} ms after it`);
  await client.create(resources.nodes, { metadata: { name: "joiner" } });
  await eventually(
    "the Node that joined has a Pod CIDR",
    async () => !!(await client.get(resources.nodes, { name: "joiner" })).spec?.podCIDR,
    60_000,
  );
  t.diagnostic(`the Node that joined has it ${Math.round(performance.now() - begun)} ms after it`);
  const { items } = await client.list(resources.nodes);
  const cidrs = items.map(({ spec }) => spec?.podCIDR ?? "none");
  assert.equal(new Set(cidrs).size, items.length, cidrs.join());
  await client.delete(resources.nodes, { name: "joiner" });

  // a kubelet that lost the API server asks again after up to a minute
  const made = await startPods(
    lab(),
    lab().plan.nodes.map(({ name }) => ({ name: `after-${name}`, node: name })),
    { timeoutSeconds: 150 },
  );
  for (const [name, address] of made) {
    assert.equal(await ping(lab(), "left", address), 3, name);
    assert.equal(await ping(lab(), name, addresses.get("far") ?? ""), 3, name);
  }
});
