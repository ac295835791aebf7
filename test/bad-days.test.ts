import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePing, pingArgv } from "@antrea/lab";
import {
  agentPod,
  containerDoor,
  deletePods,
  eventually,
  inAgent,
  inOpenVSwitch,
  inPod,
  killContainer,
  labForFile,
  ping,
  podAddress,
  startPods,
  timeout,
} from "./support/cluster.ts";
import { agentLog, podCidrOf } from "./support/node-state.ts";
import { steadyPing } from "./support/steady-ping.ts";

/** What goes wrong in the life of a cluster, and that the network comes through it. */
const lab = labForFile("baddays", { mode: "hybrid", nodes: 3, subnets: 2 });

let addresses: ReadonlyMap<string, string> = new Map();
const address = (name: string): string =>
  addresses.get(name) ?? assert.fail(`${name} has an address`);

const dumpFlows = ["ovs-ofctl", "-O", "OpenFlow15", "--no-stats", "dump-flows", "br-int"] as const;

async function flowsOf(node: string): Promise<readonly string[]> {
  return flowLines(await inAgent(lab(), node, "antrea-ovs", dumpFlows));
}

/** Of a dump: sorted, without the flows that the switch learned by itself. */
function flowLines(dump: string): readonly string[] {
  return dump
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line.includes("actions=") && !line.includes("idle_timeout"))
    .sort();
}

test("flows deleted by hand come back, and so does the traffic", async () => {
  addresses = await startPods(lab(), [
    { name: "left", node: "node-1", capabilities: ["NET_ADMIN", "NET_RAW"] },
    { name: "middle", node: "node-1" },
    { name: "right", node: "node-3" },
  ]);
  assert.equal(await ping(lab(), "left", address("right")), 3);
  const before = await flowsOf("node-1");
  await inAgent(lab(), "node-1", "antrea-ovs", [
    "ovs-ofctl",
    "-O",
    "OpenFlow15",
    "--names",
    "del-flows",
    "br-int",
    "table=L3Forwarding",
  ]);
  await eventually(
    "the flows are as before",
    async () => JSON.stringify(await flowsOf("node-1")) === JSON.stringify(before),
  );
  assert.equal(await ping(lab(), "left", address("right")), 3);
});

test("routes and addresses deleted by hand on the host come back", async () => {
  const node = lab().node("node-1");
  const before = await node.exec(["ip", "route", "show", "proto", "167"]);
  assert.match(before, /10\.244\./);
  for (const line of before.trim().split("\n"))
    await node.exec(["ip", "route", "del", line.split(" ")[0] ?? ""]);
  await eventually(
    "the routes are as before",
    async () => (await node.exec(["ip", "route", "show", "proto", "167"])) === before,
  );
  assert.equal((await node.attempt(["ping", "-c", "1", "-W", "2", address("right")])).exitCode, 0);
});

test("a Pod cannot speak as another: not by Ethernet, not by IP, not by ARP", async () => {
  await using capture = await lab().capture({ filter: "icmp or arp or udp port 6081" });
  const own = address("left");
  const forged = own.replace(/\d+$/, "250");
  // IP: a second address that was not given to the Pod
  await inPod(lab(), "left", ["ip", "addr", "add", `${forged}/24`, "dev", "eth0"]);
  assert.equal(await ping(lab(), "left", address("middle"), { source: forged }), 0);
  assert.equal(await ping(lab(), "left", address("right"), { source: forged }), 0);
  // ARP: it may not claim that address either
  const neighbour = await inPod(lab(), "middle", [
    "sh",
    "-c",
    `ping -c 1 -W 1 ${forged} >/dev/null; ip neigh show ${forged}`,
  ]);
  assert.doesNotMatch(neighbour, /REACHABLE|STALE/);
  await inPod(lab(), "left", ["ip", "addr", "del", `${forged}/24`, "dev", "eth0"]);
  assert.equal(await ping(lab(), "left", address("middle")), 3);
  // Ethernet
  const mac = (await inPod(lab(), "left", ["cat", "/sys/class/net/eth0/address"])).trim();
  await inPod(lab(), "left", ["sh", "-c", "ip link set eth0 address 02:00:00:00:00:66"]);
  assert.equal(await ping(lab(), "left", address("middle"), { count: 2 }), 0);
  await inPod(lab(), "left", ["ip", "link", "set", "eth0", "address", mac]);
  await eventually(
    "the Pod speaks as itself again",
    async () => (await ping(lab(), "left", address("middle"), { count: 1 })) === 1,
  );
  const seen = (await capture.stop()).filter(({ inner }) => inner?.source === forged);
  assert.equal(seen.length, 0, "nothing forged was on the wire");
});

test("a Pod cannot make a tunnel packet reach another Node", async () => {
  const target = lab().node("node-3").address;
  await using capture = await lab().capture({ filter: `udp dst port 6081 and dst host ${target}` });
  // a datagram to the tunnel port: to the Node itself it must not get out at all
  await inPod(lab(), "left", [
    "sh",
    "-c",
    `for i in 1 2 3; do echo forged | timeout 1 bash -c 'cat > /dev/udp/${target}/6081'; done; true`,
  ]);
  const seen = await capture.stop();
  assert.equal(seen.length, 0);
});

test("the API server away for a minute: Pods go on, deleted flows come back, and Pods made before and after it are connected", async () => {
  const left = await containerDoor(lab(), "node-1", { pod: "left", container: "left" });
  const ovs = await containerDoor(lab(), "node-1", {
    namespace: "kube-system",
    pod: await agentPod(lab(), "node-1"),
    container: "antrea-ovs",
  });
  const flows = async () => flowLines(await ovs.run(dumpFlows));
  const before = await flows();
  const cidr = await podCidrOf(lab(), "node-2");
  const timesPutBack = async () =>
    (await agentLog(lab(), "node-1")).match(/Put back what others changed/g)?.length ?? 0;
  const putBackBefore = await timesPutBack();

  await lab().stop("kube-apiserver");
  // One packet a second: these are the minute, to a Pod behind the tunnel and to one of this Node.
  const minute = ["right", "middle"].map((name) =>
    left.run(["ping", "-q", "-c", "60", "-i", "1", "-W", "2", address(name)]),
  );
  const toNode2 = `table=L3Forwarding,ip,nw_dst=${cidr}`; // none of the minute goes there
  await ovs.run(["ovs-ofctl", "-O", "OpenFlow15", "--names", "del-flows", "br-int", toNode2]);
  await eventually(
    "the flows are as before, from what the agent remembers",
    async () => JSON.stringify(await flows()) === JSON.stringify(before),
  );
  for (const said of await Promise.all(minute)) assert.match(said, /60 received/);
  assert.deepEqual(await flows(), before);
  await assert.rejects(lab().kubectl(["get", "nodes"]), /refused/);

  await lab().start("kube-apiserver");
  await eventually(
    "the API server is back",
    async () =>
      (
        await lab()
          .kubectl(["get", "nodes"])
          .catch(() => "")
      ).includes("node-1"),
    60_000,
  );
  assert.ok((await timesPutBack()) > putBackBefore, "the agent says what it put back");
  // A kubelet that lost the API asks again after up to a minute (client-go's backoff: 30 s, doubled by chance).
  const patience = { timeoutSeconds: 150 };
  const made = await startPods(lab(), [{ name: "after", node: "node-2" }], patience);
  addresses = new Map([...addresses, ...made]);
  assert.equal(await ping(lab(), "after", address("right")), 3);
  assert.equal(await ping(lab(), "left", address("after")), 3);
  assert.equal(await ping(lab(), "left", address("right")), 3);
  await deletePods(lab(), "after");
});

test("an agent killed and started anew changes no flow and loses no packet", async () => {
  const before = await flowsOf("node-1");
  const pod = await agentPod(lab(), "node-1");
  const echoes = await steadyPing(lab(), "left", address("right"));
  await killContainer(lab(), "node-1", pod, "antrea-agent");
  await eventually(
    "the agent is ready again",
    async () => {
      const ready = await lab().kubectl([
        "-n",
        "kube-system",
        "get",
        "pod",
        pod,
        "-o",
        'jsonpath={.status.containerStatuses[?(@.name=="antrea-agent")].restartCount} {.status.containerStatuses[?(@.name=="antrea-agent")].ready}',
      ]);
      return /^[1-9]\d* true/.test(ready);
    },
    60_000,
  );
  assert.deepEqual((await echoes.stop()).lost, []);
  assert.deepEqual(await flowsOf("node-1"), before);
  const log = await lab().kubectl([
    "-n",
    "kube-system",
    "logs",
    pod,
    "-c",
    "antrea-agent",
    "--tail=200",
  ]);
  assert.match(log, /"flowsAdded":0,"flowsModified":0,"flowsRemoved":0/);
});

test("ovs-vswitchd killed: the Node keeps its own network, Pods and host-to-Pod traffic come back by themselves", async () => {
  await ownNetworkLives(() =>
    inOpenVSwitch(lab(), "node-1", [
      "sh",
      "-c",
      "kill -9 $(cat /var/run/openvswitch/ovs-vswitchd.pid)",
    ]),
  );
});

test("the Pod antrea-ovs replaced, as for an upgrade: the same holds", async () => {
  await ownNetworkLives(async () => {
    await lab().kubectl([
      ...["-n", "kube-system", "delete", "pod", "-l", "component=antrea-ovs"],
      ...["--field-selector", "spec.nodeName=node-1", "--wait"],
    ]);
    await openVSwitchPodReady();
  });
});

/** Kubernetes has started its successor; its controllers may be slow for a minute after an absence of the API. */
async function openVSwitchPodReady(): Promise<void> {
  const ofNode = ["pod", "-l", "component=antrea-ovs", "--field-selector", "spec.nodeName=node-1"];
  const argv = ["-n", "kube-system", "wait", "--for=condition=Ready", timeout(10), ...ofNode];
  await eventually(
    "the Pod antrea-ovs of node-1 is ready",
    () =>
      lab()
        .kubectl(argv)
        .then(
          () => true,
          () => false,
        ),
    150_000,
  );
}

/** While Open vSwitch of node-1 is gone the Node's own network goes on; then all is as it was before. */
async function ownNetworkLives(misfortune: () => Promise<unknown>): Promise<void> {
  const node = lab().node("node-1");
  const before = await flowsOf("node-1");
  const peer = lab().node("node-3").address;
  const own = node.attempt(pingArgv(peer, { count: 100, everyMs: 20, withinSeconds: 10 }));
  await misfortune();
  const { received } = parsePing((await own).stdout, 100);
  assert.equal(received, 100, "the Node's own traffic never stopped");
  await eventually(
    "the far Pod answers again",
    async () => (await ping(lab(), "left", address("right"), { count: 1 })) === 1,
  );
  await eventually(
    "the host reaches its Pod again",
    async () =>
      (await node.attempt(["ping", "-c", "1", "-W", "1", address("left")])).exitCode === 0,
  );
  await eventually(
    "the flows are as before",
    async () => JSON.stringify(await flowsOf("node-1")) === JSON.stringify(before),
  );
}

test("a Node that is gone leaves no flow and no route behind", async () => {
  const cidr = (
    await lab().kubectl(["get", "node", "node-2", "-o", "jsonpath={.spec.podCIDR}"])
  ).trim();
  const trace = async () => [
    ...(await flowsOf("node-1")).filter((line) => line.includes(cidr)),
    ...(await lab().node("node-1").exec(["ip", "route", "show", cidr]))
      .split("\n")
      .filter((line) => line !== ""),
  ];
  assert.ok((await trace()).length > 0);
  await lab().kubectl(["delete", "node", "node-2"]);
  await eventually("nothing of node-2 is left on node-1", async () => (await trace()).length === 0);
  await lab().restart("node-2/kubelet"); // it registers its Node only when it starts
  await eventually(
    "the kubelet registers the Node anew",
    async () => (await lab().kubectl(["get", "nodes"])).includes("node-2"),
    60_000,
  );
  assert.ok((await podAddress(lab(), "left")).length > 0);
});

test("a link with a smaller MTU than the Nodes' is found by antctl check connectivity", async () => {
  const subnet = lab().plan.nodes.find(({ name }) => name === "node-3")?.subnet;
  await lab().fabric.setMtu(String(subnet), 1400, { wireOnly: true });
  const said = await inAgent(lab(), "node-1", "antrea-agent", [
    "sh",
    "-c",
    "antctl check connectivity || true",
  ]);
  assert.match(said, /MTU/);
  await lab().fabric.setMtu(String(subnet), 1500);
});
