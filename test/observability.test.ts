import assert from "node:assert/strict";
import { test } from "node:test";
import { samplesOf } from "@antrea/base/testing";
import {
  agentPod,
  containerDoor,
  eventually,
  holdOpenVSwitch,
  inAgent,
  inOpenVSwitch,
  labForFile,
  startPods,
} from "./support/cluster.ts";
import { agentLog } from "./support/node-state.ts";
import { askSecurely, readerToken } from "./support/secure-api.ts";
import { portForward } from "./support/port-forward.ts";

/** What agent and controller say of themselves, and that it is so. */
const lab = labForFile("observability", { mode: "encap", nodes: 2 });

const aggregate = ["ovs-ofctl", "-O", "OpenFlow15", "dump-aggregate", "br-int"] as const;

/** Asks an agent by port-forward, which arrives at the loopback of its Node. */
async function askAgent(node: string, path: string): Promise<{ status: number; text: string }> {
  await using way = await portForward(lab(), `pod/${await agentPod(lab(), node)}`, ":10349");
  const response = await fetch(`http://127.0.0.1:${way.port}${path}`);
  return { status: response.status, text: await response.text() };
}

/** Asks the controller at the address of its Pod, as somebody whom RBAC lets read metrics. */
async function askController(path: string): Promise<{ status: number; text: string }> {
  const ofController = ["-n", "kube-system", "get", "pods", "-l", "component=antrea-controller"];
  const pod = "jsonpath={.items[0].status.podIP}";
  const address = (await lab().kubectl([...ofController, "-o", pod])).trim();
  const token = await readerToken(lab(), "prometheus", ["/metrics"]);
  return askSecurely(lab(), "node-1", { url: `https://${address}:10349${path}`, token });
}

const metricsOf = async (node: string) => samplesOf((await askAgent(node, "/metrics")).text);

test("the agent counts its Pods, its flows and the calls of the plugin as they are", async () => {
  const calls = 'antrea_agent_cni_duration_seconds_count{command="ADD",result="ok"}';
  const before = await metricsOf("node-1");
  await startPods(lab(), [
    { name: "one", node: "node-1" },
    { name: "two", node: "node-1" },
  ]);
  const after = await metricsOf("node-1");
  const grown = (name: string) => (after.get(name) ?? 0) - (before.get(name) ?? 0);
  assert.equal(grown("antrea_agent_local_pod_count"), 2);
  assert.equal(grown(calls), 2);
  const flows = Number(
    /flow_count=(\d+)/.exec(await inAgent(lab(), "node-1", "antrea-ovs", aggregate))?.[1],
  );
  assert.equal(after.get("antrea_agent_ovs_total_flow_count"), flows);
  const added = 'antrea_agent_ovs_flow_ops_count{operation="add"}';
  assert.equal(grown(added), grown("antrea_agent_ovs_total_flow_count"));
  assert.equal(after.get('antrea_agent_peer_count{path="tunnel"}'), 1);
  assert.ok([...after.keys()].some((name) => /runtime_info\{.*k8s_nodename="node-1"/.test(name)));
});

test("the controller counts its agents and tells its process", async () => {
  const { text } = await askController("/metrics");
  const samples = samplesOf(text);
  assert.equal(samples.get("antrea_controller_leader"), 1);
  assert.equal(samples.get("antrea_controller_connected_agents"), 2);
  assert.ok((samples.get("process_resident_memory_bytes") ?? 0) > 10e6);
});

test("agent and controller give back memory that they do not use, and say how long they stood still for it", async () => {
  for (const ask of [(path: string) => askAgent("node-1", path), askController]) {
    const told = async () => samplesOf((await ask("/metrics")).text);
    await eventually(
      "unused memory is collected at rest",
      async () => ((await told()).get("nodejs_gc_at_rest_total") ?? 0) > 0,
    );
    const seconds = (await told()).get("nodejs_gc_at_rest_seconds_total") ?? assert.fail();
    assert.ok(seconds > 0.001, `${seconds} s`);
  }
});

test("/livez, /healthz and /readyz name their checks", async () => {
  for (const [ask, checks] of [
    [(path: string) => askAgent("node-1", path), ["ping", "ovsdb", "openflow"]],
    [askController, ["ping", "leader-known", "cluster-known"]],
  ] as const) {
    const verbose = await ask("/readyz?verbose");
    assert.equal(verbose.status, 200);
    assert.equal(
      verbose.text,
      [...checks.map((name) => `[+]${name} ok`), "readyz check passed", ""].join("\n"),
    );
    for (const path of ["/livez", "/healthz", `/readyz/${checks[1]}`])
      assert.deepEqual(await ask(path), { status: 200, text: "ok" });
  }
});

test("antctl log-level changes what is logged while the agent runs", async () => {
  const debugLines = async () =>
    (await agentLog(lab(), "node-1")).split("\n").filter((line) => line.includes('"debug"')).length;
  const antctl = (...argv: string[]) =>
    inAgent(lab(), "node-1", "antrea-agent", ["antctl", ...argv]);
  assert.equal(await debugLines(), 0);
  assert.match(await antctl("log-level", "debug"), /debug/);
  await startPods(lab(), [{ name: "three", node: "node-1" }]);
  assert.ok((await debugLines()) > 0, "a CNI call is told at level debug");
  assert.match(await antctl("log-level", "0"), /info/);
  const before = await debugLines();
  await startPods(lab(), [{ name: "four", node: "node-1" }]);
  assert.equal(await debugLines(), before);
});

/** The conditions that are not "True", of an AntreaAgentInfo or of what `antctl get agentinfo` prints. */
function untrue(json: string): readonly string[] {
  const { agentConditions } = JSON.parse(json) as {
    readonly agentConditions: readonly { readonly type: string; readonly status: string }[];
  };
  return agentConditions.filter(({ status }) => status !== "True").map(({ type }) => type);
}

const published = async () =>
  untrue(await lab().kubectl(["get", "antreaagentinfo", "node-1", "-o", "json"]));

async function eventuallyUntrue(what: string, wanted: readonly string[]): Promise<void> {
  let seen: readonly string[] = [];
  await eventually(`AntreaAgentInfo says ${what}`, async () => {
    seen = await published();
    return seen.join() === wanted.join();
  }).catch((error: unknown) => assert.fail(`${String(error)}: ${seen.join(", ")}`));
}

test("the conditions of AntreaAgentInfo follow Open vSwitch as it goes and comes back", async () => {
  // conditions that this machine and this version make untrue for good
  const always = await published();
  const hold = await holdOpenVSwitch(lab(), "node-1");
  try {
    const kill = (daemon: string) =>
      inOpenVSwitch(lab(), "node-1", [
        "sh",
        "-c",
        `kill -9 $(cat /var/run/openvswitch/${daemon}.pid)`,
      ]);
    await kill("ovs-vswitchd");
    await eventuallyUntrue("that ovs-vswitchd is away", [
      "AgentHealthy",
      "OpenflowConnectionUp",
      ...always,
    ]);
    const { status, text } = await askAgent("node-1", "/readyz");
    assert.equal(status, 500);
    assert.match(text, /^\[\+\]ovsdb ok\n\[-\]openflow failed: ovs-vswitchd/m);
    const samples = await metricsOf("node-1");
    assert.equal(samples.get('antrea_agent_condition{type="OpenflowConnectionUp"}'), 0);
    assert.equal(samples.has("antrea_agent_ovs_total_flow_count"), false, "not known is no zero");

    await kill("ovsdb-server");
    await eventuallyUntrue("that ovsdb-server is away too", [
      "AgentHealthy",
      "OVSDBConnectionUp",
      "OpenflowConnectionUp",
      ...always,
    ]);
    assert.match(
      await inAgent(lab(), "node-1", "antrea-agent", ["antctl", "get", "agentinfo"]),
      /not AgentHealthy, not OVSDBConnectionUp, not OpenflowConnectionUp/,
    );
  } finally {
    await hold.release();
  }
  await eventuallyUntrue("that all is well again", always);
  assert.equal((await askAgent("node-1", "/readyz")).status, 200);
});

test("antctl get agentinfo says that the API server is away, and that it is back", async () => {
  const agent = await containerDoor(lab(), "node-1", {
    namespace: "kube-system",
    pod: await agentPod(lab(), "node-1"),
    container: "antrea-agent",
  });
  const local = async () => untrue(await agent.run(["antctl", "get", "agentinfo", "-o", "json"]));
  const always = await local();
  await lab().stop("kube-apiserver");
  try {
    await eventually("the agent misses the API server", async () =>
      (await local()).includes("ControllerConnectionUp"),
    );
    assert.ok(!(await local()).includes("AgentHealthy"), "Pods can be connected without it");
  } finally {
    await lab().start("kube-apiserver");
  }
  await eventually(
    "the agent has it again",
    async () => (await local()).join() === always.join(),
    60_000,
  );
  await eventuallyUntrue("that it has it again", always);
});
