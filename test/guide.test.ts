import assert from "node:assert/strict";
import { test } from "node:test";
import { samplesOf } from "@antrea/base/testing";
import { attempt, CommandError } from "@antrea/lab";
import { parseAllDocuments } from "yaml";
import {
  agentPod,
  eventually,
  inAgent,
  inPod,
  labForFile,
  ping,
  podAddress,
  setAgentConfig,
  timeout,
} from "./support/cluster.ts";
import { needsUserspace } from "./support/datapath.ts";
import { portForward } from "./support/port-forward.ts";

/** The guide's own steps, typed as it types them, in its order. */
const lab = labForFile("guide", { mode: "hybrid", nodes: 3, subnets: 2 });

/** The bodies of `antrea-agent.conf` in the guide, as they stand. */
const guideConfigs = [
  "trafficEncapMode: hybrid\nnoSNAT: false\ntunnelType: geneve\ntrafficEncryptionMode: none\nenablePrometheusMetrics: true\nflowExporter:\n  enable: true\n",
  'trafficEncapMode: noEncap\nnoSNAT: false\negress:\n  exceptCIDRs: []\nnodePortLocal:\n  enable: true\n  portRange: "61000-62000"\nenablePrometheusMetrics: true\n',
  'trafficEncapMode: hybrid\novsDatapathType: system\novsBridges:\n  - bridgeName: br-int\n    datapathType: system\ntlsCipherSuites: "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"\nenablePrometheusMetrics: true\n',
  "trafficEncapMode: hybrid\novsDatapathType: netdev\n",
  'trafficEncapMode: hybrid\nflowExporter:\n  enable: true\n  flowCollectorAddr: "flow-aggregator.flow-visibility.svc:4739"\n  flowPollInterval: "5s"\n  activeFlowTimeout: "60s"\n  idleFlowTimeout: "15s"\n',
];

test("kubectl rollout status finishes for the DaemonSet and the Deployment", async () => {
  const daemonSet = await lab().kubectl([
    "rollout",
    "status",
    "daemonset/antrea-agent",
    "-n",
    "kube-system",
    timeout(60),
  ]);
  assert.match(daemonSet, /successfully rolled out/);
  const deployment = await lab().kubectl([
    "rollout",
    "status",
    "deployment/antrea-controller",
    "-n",
    "kube-system",
    timeout(60),
  ]);
  assert.match(deployment, /successfully rolled out/);
});

test("antctl get agentinfo says the mode in force", async () => {
  const yaml = await inAgent(lab(), "node-1", "antrea-agent", [
    "antctl",
    "get",
    "agentinfo",
    "-o",
    "yaml",
  ]);
  assert.match(yaml, /^\s*trafficEncapMode: hybrid$/m);
});

test("every Node has a Pod CIDR of its own", async () => {
  const nodes = JSON.parse(await lab().kubectl(["get", "nodes", "-o", "json"]));
  const cidrs = nodes.items.map((node: { spec: { podCIDR?: string } }) => node.spec.podCIDR);
  assert.equal(new Set(cidrs).size, 3);
  assert.ok(cidrs.every((cidr: unknown) => typeof cidr === "string" && cidr.startsWith("10.244.")));
});

test("kubectl run starts nginx Pods that answer each other over HTTP from every Node", async () => {
  await lab().kubectl(["run", "pod-a", "--image=nginx:1.21", "--labels=app=pod-a"]);
  await lab().kubectl(["run", "pod-b", "--image=nginx:1.21", "--labels=app=pod-b"]);
  const [a, b] = [await podAddress(lab(), "pod-a"), await podAddress(lab(), "pod-b")];
  const nodeOfB = (
    await lab().kubectl(["get", "pod", "pod-b", "-o", "jsonpath={.spec.nodeName}"])
  ).trim();
  const cidr = (
    await lab().kubectl(["get", "node", nodeOfB, "-o", "jsonpath={.spec.podCIDR}"])
  ).trim();
  assert.ok(b.startsWith(cidr.replace(/\d+\/\d+$/, "")), `${b} is of ${cidr}`);
  assert.match(
    await inPod(lab(), "pod-a", ["curl", "-sS", "--max-time", "5", `http://${b}/`]),
    /nginx/i,
  );
  assert.match(
    await inPod(lab(), "pod-b", ["curl", "-sS", "--max-time", "5", `http://${a}/`]),
    /nginx/i,
  );
});

test("a Service's ClusterIP and name answer from a Pod, through kube-proxy", async () => {
  await lab().kubectl(["expose", "pod", "pod-b", "--port=80"]);
  await eventually("DNS knows the Service", async () => {
    const page = await inPod(lab(), "pod-a", [
      "curl",
      "-sS",
      "--max-time",
      "5",
      "http://pod-b.default.svc.cluster.local/",
    ]).catch(() => "");
    return /nginx/i.test(page);
  });
  // a Pod may be its own backend's client on the same Node and on another one
  assert.match(
    await inPod(lab(), "pod-b", ["curl", "-sS", "--max-time", "5", "http://pod-b/"]),
    /nginx/i,
  );
});

test("Pods reach the world outside with their Node's address", async () => {
  const outside = lab().outside;
  const node = (
    await lab().kubectl(["get", "pod", "pod-a", "-o", "jsonpath={.spec.nodeName}"])
  ).trim();
  await using capture = await lab().capture({ filter: "icmp" });
  assert.equal(await ping(lab(), "pod-a", outside.address), 3);
  const sources = new Set(
    (await capture.stop()).flatMap(({ outer }) =>
      outer.destination === outside.address ? [outer.source] : [],
    ),
  );
  assert.deepEqual([...sources], [lab().node(node).address]);
});

test("the guide's troubleshooting commands show the Node they run on", async () => {
  const node = "node-1";
  assert.match(
    await inAgent(lab(), node, "antrea-ovs", ["ovs-vsctl", "show"]),
    /Bridge br-int[\s\S]*Port antrea-tun0/,
  );
  const interfaces = await inAgent(lab(), node, "antrea-ovs", [
    "sh",
    "-c",
    "ovs-vsctl list interface | grep -A 5 genev_sys",
  ]);
  assert.match(interfaces, /genev_sys_6081/);
  const routes = await inAgent(lab(), node, "antrea-agent", ["ip", "route", "show"]);
  assert.match(routes, /10\.244\.\d+\.0\/24/);
  const [a, b] = [await podAddress(lab(), "pod-a"), await podAddress(lab(), "pod-b")];
  const trace = await inAgent(lab(), node, "antrea-ovs", [
    "ovs-appctl",
    "ofproto/trace",
    "br-int",
    `in_port=1,ip,nw_src=${a},nw_dst=${b}`,
  ]);
  assert.match(trace, /Datapath actions/);
  const count = Number(
    await inAgent(lab(), node, "antrea-ovs", ["sh", "-c", "ovs-ofctl dump-flows br-int | wc -l"]),
  );
  assert.ok(count > 30 && count < 300, `${count} flows on a Node with a few Pods`);
});

test("kubectl port-forward and curl read the agent's metrics, those of flows and of policies among them", async () => {
  await using _ = await portForward(lab(), "ds/antrea-agent", "10349:10349");
  const grep =
    'curl -s localhost:10349/metrics | grep -E "antrea_agent_ovs|antrea_agent_egress|antrea_agent_ingress"';
  const { stdout } = await attempt(["sh", "-c", grep]);
  const samples = samplesOf(stdout);
  assert.ok((samples.get("antrea_agent_ovs_total_flow_count") ?? 0) > 30);
  // no policy is enforced yet, which is a number too
  assert.equal(samples.get("antrea_agent_egress_networkpolicy_rule_count"), 0);
  assert.equal(samples.get("antrea_agent_ingress_networkpolicy_rule_count"), 0);
});

test("antctl check connectivity probes all pairs of Nodes and says path, MTU, loss and round trip", async () => {
  const said = await inAgent(lab(), "node-1", "antrea-agent", ["antctl", "check", "connectivity"]);
  assert.match(said, /node-2.*direct/);
  assert.match(said, /node-3.*tunnel/);
});

test("the guide's iperf3 Pods measure a stream", async () => {
  const manifest = `apiVersion: v1
kind: Pod
metadata:
  name: iperf-server
spec:
  containers:
  - name: iperf3
    image: networkstatic/iperf3
    command: ["iperf3", "-s"]
---
apiVersion: v1
kind: Pod
metadata:
  name: iperf-client
spec:
  containers:
  - name: iperf3
    image: networkstatic/iperf3
    command: ["sleep", "3600"]
`;
  await lab().kubectl(["apply", "-f", "-"], { input: manifest });
  assert.equal(parseAllDocuments(manifest).length, 2);
  const server = await podAddress(lab(), "iperf-server");
  await podAddress(lab(), "iperf-client");
  const said = await inPod(lab(), "iperf-client", ["iperf3", "-c", server, "-t", "2"]);
  assert.match(said, /sender/);
});

const gathered = needsUserspace("gatheredFrames");
test("a Pod gathers frames while it receives a stream, and not afterwards", gathered, async (t) => {
  const server = await podAddress(lab(), "iperf-server");
  const read = async (file: string) =>
    (await inPod(lab(), "iperf-server", ["cat", `/sys/class/net/eth0/${file}`])).trim();
  const gathers = async (nanoseconds: string) => (await read("gro_flush_timeout")) === nanoseconds;
  const received = async () => Number(await read("statistics/rx_packets"));
  const [before, began] = [await received(), performance.now()];
  let isOver = false;
  const stream = inPod(lab(), "iperf-client", ["iperf3", "-c", server, "-t", "10"]).finally(() => {
    isOver = true;
  });
  let hasGathered = false;
  while (!isOver && !hasGathered) hasGathered = await gathers("100000");
  await stream;
  const perSecond = ((await received()) - before) / ((performance.now() - began) / 1000);
  t.diagnostic(`${Math.round(perSecond)} frames a second`);
  // as many in the mean are as many in one of the agent's looks; a machine that sends fewer shows nothing
  assert.ok(hasGathered || perSecond < 20_000, "it has gathered frames");
  await eventually("iperf-server to get each frame at once", () => gathers("0"));
});

test("every configuration of the guide is accepted as it stands", async () => {
  for (const config of guideConfigs) {
    const verdict = await checkConfig(config);
    assert.equal(verdict.exitCode, 0, verdict.text);
  }
});

test("a misspelt key or a wrong value stops the agent with file, line, key and the nearest name", async () => {
  const misspelt = await checkConfig("trafficEncapMode: hybrid\ntunelType: geneve\n");
  assert.notEqual(misspelt.exitCode, 0);
  assert.match(misspelt.text, /antrea-agent\.conf:2:1: .*tunelType.*Did you mean "tunnelType"\?/s);
  const wrong = await checkConfig("trafficEncapMode: hybird\n");
  assert.notEqual(wrong.exitCode, 0);
  assert.match(wrong.text, /antrea-agent\.conf:1:\d+: .*hybird.*hybrid/s);
});

test("an agent that is given a wrong configuration does not start, says why, and the Node goes on with the old one", async () => {
  const good = await lab().kubectl([
    "-n",
    "kube-system",
    "get",
    "configmap",
    "antrea-config",
    "-o",
    "jsonpath={.data.antrea-agent\\.conf}",
  ]);
  const pod = await agentPod(lab(), "node-1");
  await setAgentConfig(lab(), "trafficEncapMod: hybrid\n");
  await lab().kubectl(["-n", "kube-system", "delete", "pod", pod, "--wait=false"]);
  await eventually(
    "the new agent says what is wrong",
    async () => {
      const now = await agentPod(lab(), "node-1").catch(() => pod);
      if (now === pod) return false;
      const log = await lab()
        .kubectl(["-n", "kube-system", "logs", now, "-c", "antrea-agent", "--tail=20"])
        .catch(() => "");
      return /antrea-agent\.conf:1:1: .*trafficEncapMod/.test(log);
    },
    60_000,
  );
  assert.match(
    await inPod(lab(), "pod-a", [
      "curl",
      "-sS",
      "--max-time",
      "5",
      `http://${await podAddress(lab(), "pod-b")}/`,
    ]),
    /nginx/i,
  );
  await setAgentConfig(lab(), good);
  await lab().kubectl(["-n", "kube-system", "delete", "pod", await agentPod(lab(), "node-1")]);
  await lab().kubectl([
    "-n",
    "kube-system",
    "rollout",
    "status",
    "daemonset/antrea-agent",
    timeout(120),
  ]);
});

/** Lets the agent of node-1 read a configuration without starting. */
async function checkConfig(
  text: string,
): Promise<{ readonly exitCode: number; readonly text: string }> {
  const argv = [
    "-n",
    "kube-system",
    "exec",
    "-i",
    await agentPod(lab(), "node-1"),
    "-c",
    "antrea-agent",
    "--",
    "sh",
    "-c",
    "cat > /tmp/antrea-agent.conf && antrea-agent --check-config --config /tmp/antrea-agent.conf 2>&1",
  ];
  try {
    return { exitCode: 0, text: await lab().kubectl(argv, { input: text }) };
  } catch (error) {
    return {
      exitCode: 1,
      text: error instanceof CommandError ? error.outcome.stdout : String(error),
    };
  }
}
