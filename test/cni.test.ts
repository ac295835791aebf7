import assert from "node:assert/strict";
import { test } from "node:test";
import {
  agentPod,
  deletePods,
  eventually,
  inAgent,
  inPod,
  killContainer,
  labForFile,
  ping,
  podAddress,
  setAgentConfig,
  startPods,
} from "./support/cluster.ts";
import { podCidrOf } from "./support/node-state.ts";
import { cnitoolFor, ctrRun, podmanRun } from "./support/other-runtimes.ts";
import { addressOf, pluginOn } from "./support/plugin-calls.ts";

/** Pods that come and go, also while the agent dies. */
const lab = labForFile("cni", { mode: "encap", nodes: 2, subnets: 1 });
const nodes = ["node-1", "node-2"] as const;

interface PodOnNode {
  readonly key: string;
  readonly address: string;
}

/** The Pods with an address of their own that the API server knows on a Node. */
async function podsOf(node: string): Promise<readonly PodOnNode[]> {
  const selector = `spec.nodeName=${node},spec.hostNetwork=false`;
  const argv = ["get", "pods", "-A", "--field-selector", selector, "-o", "json"];
  const { items } = JSON.parse(await lab().kubectl(argv)) as {
    readonly items: readonly {
      readonly metadata: { readonly namespace: string; readonly name: string };
      readonly status: { readonly podIP?: string };
    }[];
  };
  return items
    .map(({ metadata, status }) => ({
      key: `${metadata.namespace}/${metadata.name}`,
      address: status.podIP ?? "",
    }))
    .sort((a, b) => a.key.localeCompare(b.key));
}

interface PortOfPod extends PodOnNode {
  readonly port: string;
}

/** The Pods that the bridge's database has ports of. */
async function portsOf(node: string): Promise<readonly PortOfPod[]> {
  const ports = await inAgent(lab(), node, "antrea-ovs", [
    ...["ovs-vsctl", "--format=json", "--columns=name,external_ids", "list", "Port"],
  ]);
  return rowsOf(ports)
    .flatMap(({ name, ids }) =>
      ids["antrea-type"] === "container"
        ? [
            {
              key: `${ids["pod-namespace"]}/${ids["pod-name"]}`,
              address: ids["ip-address"] ?? "",
              port: name,
            },
          ]
        : [],
    )
    .sort((a, b) => a.key.localeCompare(b.key));
}

function rowsOf(
  text: string,
): readonly { readonly name: string; readonly ids: Readonly<Record<string, string>> }[] {
  const { data } = JSON.parse(text) as {
    readonly data: readonly [string, ["map", readonly [string, string][]]][];
  };
  return data.map(([name, [, pairs]]) => ({ name, ids: Object.fromEntries(pairs) }));
}

/** What a Node has that no Pod of it accounts for, and what a Pod of it lacks; sentences. */
async function disagreements(node: string): Promise<readonly string[]> {
  const pods = await podsOf(node);
  const ports = await portsOf(node);
  const said: string[] = [];
  const texts = (all: readonly PodOnNode[]) => all.map(({ key, address }) => `${key} ${address}`);
  for (const text of texts(ports)) if (!texts(pods).includes(text)) said.push(`port of ${text}`);
  for (const text of texts(pods)) if (!texts(ports).includes(text)) said.push(`no port: ${text}`);
  if (new Set(ports.map(({ address }) => address)).size < ports.length)
    said.push(`an address twice: ${texts(ports).join(", ")}`);

  const links = (await lab().node(node).exec(["ip", "-br", "link", "show", "type", "veth"]))
    .split("\n")
    .map((line) => line.split("@")[0]?.trim() ?? "")
    .filter((name) => name !== "" && name !== "eth0");
  const names = ports.map(({ port }) => port);
  for (const link of links) if (!names.includes(link)) said.push(`link ${link}`);
  for (const name of names) if (!links.includes(name)) said.push(`no link ${name}`);

  const flows = JSON.parse(
    await inAgent(lab(), node, "antrea-agent", ["antctl", "get", "ovsflows", "-o", "json"]),
  ) as readonly { readonly owner?: string; readonly table: string; readonly flow: string }[];
  const owners = new Set(flows.flatMap(({ owner }) => (owner?.startsWith("pod:") ? [owner] : [])));
  for (const owner of owners)
    if (!pods.some(({ key }) => owner === `pod:${key}`)) said.push(`flows of ${owner}`);
  for (const { key } of pods) if (!owners.has(`pod:${key}`)) said.push(`no flows of ${key}`);
  const cidr = (await podCidrOf(lab(), node)).replace(/0\/24$/, "");
  const own = [`${cidr}1`, ...pods.map(({ address }) => address)];
  for (const { flow } of flows)
    for (const [address] of flow.matchAll(/\b10\.244\.\d+\.\d+\b(?!\/)/g))
      if (address.startsWith(cidr) && !own.includes(address)) said.push(`flow: ${flow}`);
  const left = await lab()
    .node(node)
    .exec(["ls", "/run/antrea/cni/pending-del"])
    .catch(() => "");
  if (left.trim() !== "") said.push(`a DEL that waits: ${left}`);
  return said;
}

async function eventuallyAgree(): Promise<void> {
  for (const node of nodes) {
    let said: readonly string[] = [];
    await eventually(
      `${node} has its Pods and nothing else`,
      async () => (said = await disagreements(node)).length === 0,
      60_000,
    ).catch((error: unknown) => assert.fail(`${String(error)}\n${said.join("\n")}`));
  }
}

async function isReady(node: string): Promise<boolean> {
  const path = 'jsonpath={.status.containerStatuses[?(@.name=="antrea-agent")].ready}';
  const pod = await agentPod(lab(), node);
  return (await lab().kubectl(["-n", "kube-system", "get", "pod", pod, "-o", path])) === "true";
}

/** Whether a Pod of ours has a configuration with this text; the kubelet is made to look for a newer one. */
async function hasConfig(pod: string, text: string): Promise<boolean> {
  const ofAgent = ["-n", "kube-system"];
  const now = String(performance.now());
  await lab().kubectl([...ofAgent, "annotate", "--overwrite", "pod", pod, `test/look=${now}`]);
  const file = "/etc/antrea/antrea-agent.conf";
  const exec = ["exec", pod, "-c", "antrea-ovs", "--", "cat", file];
  return (await lab().kubectl([...ofAgent, ...exec])).includes(text);
}

const burst = (round: number) =>
  Array.from({ length: 8 }, (_, i) => ({
    name: `burst-${round}-${i}`,
    node: nodes[i % 2] ?? "node-1",
  }));

test("agents killed while Pods come and go leave every Pod connected, and nothing of those that are gone", async () => {
  await startPods(lab(), [
    { name: "probe-1", node: "node-1" },
    { name: "probe-2", node: "node-2" },
  ]);
  let before: readonly string[] = [];
  for (const [round, killAfter] of [1, 4, 7].entries()) {
    const pods = burst(round);
    const started = startPods(lab(), pods);
    const gone = before.length > 0 ? deletePods(lab(), ...before) : Promise.resolve();
    const node = nodes[round % 2] ?? "node-1";
    // killed when so many Pods of this round have a port: in the midst of the others' ADD and DEL
    await eventually(`${killAfter} Pods of round ${round} have a port`, async () => {
      const ports = [...(await portsOf("node-1")), ...(await portsOf("node-2"))];
      return ports.filter(({ key }) => key.includes(`burst-${round}-`)).length >= killAfter;
    });
    await killContainer(lab(), node, await agentPod(lab(), node), "antrea-agent");
    await Promise.all([started, gone]);
    before = pods.map(({ name }) => name);
  }
  for (const node of nodes) await eventually(`${node} is ready`, () => isReady(node), 90_000);
  await eventuallyAgree();
  for (const name of before)
    for (const probe of ["probe-1", "probe-2"])
      assert.equal(await ping(lab(), probe, await podAddress(lab(), name), { count: 1 }), 1, name);
  await deletePods(lab(), ...before);
  await eventuallyAgree();
});

test("Pods deleted while the agent is down leave nothing once it is back", async () => {
  const names = ["gone-1", "gone-2", "gone-3"];
  await startPods(
    lab(),
    [...names, "stays"].map((name) => ({ name, node: "node-2" })),
  );
  const stays = await podAddress(lab(), "stays");
  const path = "jsonpath={.data.antrea-agent\\.conf}";
  const good = await lab().kubectl([
    ...["-n", "kube-system", "get", "configmap", "antrea-config", "-o", path],
  ]);
  // an agent that refuses its configuration is an agent that is down, beside an Open vSwitch that runs
  await setAgentConfig(lab(), "trafficEncapMod: encap\n");
  const pod = await agentPod(lab(), "node-2");
  await eventually("the kubelet has brought the configuration", () => hasConfig(pod, "EncapMod:"));
  await killContainer(lab(), "node-2", pod, "antrea-agent");
  await eventually(
    "the agent refuses it",
    async () => {
      const log = ["-n", "kube-system", "logs", pod, "-c", "antrea-agent"];
      return /trafficEncapMod\b/.test(await lab().kubectl(log));
    },
    90_000,
  );
  await deletePods(lab(), ...names);
  // A kubelet that clears up after earlier Pods leaves word of those too.
  await eventually("the plugin left word of each", async () => {
    const left = await lab()
      .node("node-2")
      .attempt(["grep", "-rhoE", "gone-[0-9]", "/run/antrea/cni/pending-del"]);
    return names.every((name) => left.stdout.split("\n").includes(name));
  });
  assert.equal(await ping(lab(), "probe-1", stays), 3);
  await setAgentConfig(lab(), good);
  await lab().kubectl(["-n", "kube-system", "delete", "pod", pod, "--wait"]);
  await eventually("the agent is back", () => isReady("node-2"));
  await eventuallyAgree();
  assert.equal(await ping(lab(), "probe-1", stays), 3);
});

const network = { cniVersion: "1.0.0", name: "antrea", type: "antrea" };
const attachment = {
  CNI_CONTAINERID: "by-hand",
  CNI_NETNS: "/var/run/netns/no-such-namespace",
  CNI_IFNAME: "eth0",
  CNI_PATH: "/opt/cni/bin",
};

/** What a runtime could hand in wrongly, and the code of the specification that answers it. */
const malformed: readonly {
  readonly what: string;
  readonly env: Readonly<Record<string, string>>;
  readonly input: string;
  readonly code: number;
}[] = [
  { what: "no JSON", env: { CNI_COMMAND: "ADD", ...attachment }, input: "{", code: 6 },
  { what: "nothing", env: { CNI_COMMAND: "ADD", ...attachment }, input: "", code: 6 },
  {
    what: "a version of the future",
    env: { CNI_COMMAND: "ADD", ...attachment },
    input: JSON.stringify({ ...network, cniVersion: "9.0.0" }),
    code: 1,
  },
  {
    what: "a wrong name",
    env: { CNI_COMMAND: "ADD", ...attachment },
    input: JSON.stringify({ ...network, name: "../x" }),
    code: 7,
  },
  {
    what: "another's IPAM",
    env: { CNI_COMMAND: "ADD", ...attachment },
    input: JSON.stringify({ ...network, ipam: { type: "dhcp" } }),
    code: 7,
  },
  {
    what: "no container",
    env: { CNI_COMMAND: "ADD", ...attachment, CNI_CONTAINERID: "" },
    input: JSON.stringify(network),
    code: 4,
  },
  {
    what: "a container with a slash",
    env: { CNI_COMMAND: "DEL", ...attachment, CNI_CONTAINERID: "../../etc" },
    input: JSON.stringify(network),
    code: 4,
  },
  {
    what: "an interface name too long",
    env: { CNI_COMMAND: "ADD", ...attachment, CNI_IFNAME: "sixteen-letters-" },
    input: JSON.stringify(network),
    code: 4,
  },
  {
    what: "no command",
    env: { CNI_COMMAND: "", ...attachment },
    input: JSON.stringify(network),
    code: 4,
  },
  {
    what: "an unknown command",
    env: { CNI_COMMAND: "MOVE", ...attachment },
    input: JSON.stringify(network),
    code: 4,
  },
  {
    what: "a namespace that is not there",
    env: { CNI_COMMAND: "ADD", ...attachment },
    input: JSON.stringify(network),
    code: 102,
  },
  {
    what: "a CHECK of a container that was never added",
    env: { CNI_COMMAND: "CHECK", ...attachment },
    input: JSON.stringify({ ...network, prevResult: { cniVersion: "1.0.0", ips: [] } }),
    code: 103,
  },
];

test("malformed CNI input is answered with error JSON and the code of the specification", async () => {
  const node = lab().node("node-1");
  for (const { what, env, input, code } of malformed) {
    const { exitCode, stdout } = await node.attempt(["/opt/cni/bin/antrea"], { env, input });
    assert.equal(exitCode, 1, what);
    const error = JSON.parse(stdout) as {
      readonly cniVersion: string;
      readonly code: number;
      readonly msg: string;
    };
    assert.equal(error.code, code, `${what}: ${stdout}`);
    assert.match(error.cniVersion, /^\d+\.\d+\.\d+$/);
    assert.ok(error.msg.length > 0);
  }
  const done = await node.attempt(["/opt/cni/bin/antrea"], {
    env: { CNI_COMMAND: "DEL", ...attachment },
    input: JSON.stringify(network),
  });
  assert.deepEqual([done.exitCode, done.stdout], [0, ""], "a DEL of nothing succeeds");
  const versions = await node.exec(["/opt/cni/bin/antrea"], {
    env: { CNI_COMMAND: "VERSION" },
    input: JSON.stringify(network),
  });
  assert.match(versions, /"supportedVersions":\[.*"0\.3\.1".*"1\.1\.0"/);
  await eventuallyAgree();
});

test("a hostPort answers from outside the cluster and from another Node, through portmap", async () => {
  await lab().apply([
    {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "published", namespace: "default" },
      spec: {
        nodeName: "node-1",
        terminationGracePeriodSeconds: 0,
        containers: [
          {
            name: "web",
            image: "nginx:1.21",
            imagePullPolicy: "IfNotPresent",
            ports: [{ containerPort: 80, hostPort: 18080 }],
          },
        ],
      },
    },
  ]);
  const own = await podAddress(lab(), "published");
  const askPod = ["curl", "-sS", "--max-time", "5", `http://${own}/`] as const;
  await eventually(
    "nginx listens",
    async () => (await lab().node("node-1").attempt(askPod)).exitCode === 0,
  );
  const url = `http://${lab().node("node-1").address}:18080/`;
  const curl = ["curl", "-sS", "--max-time", "5", url] as const;
  assert.match(await lab().outside.exec(curl), /nginx/i);
  assert.match(await lab().node("node-2").exec(curl), /nginx/i);
  assert.match(await inPod(lab(), "probe-2", curl), /nginx/i);
  assert.match(await inPod(lab(), "probe-1", curl), /nginx/i);
  await deletePods(lab(), "published");
  await eventually(
    "the port is closed",
    async () => (await lab().outside.attempt(curl)).exitCode !== 0,
  );
  await eventuallyAgree();
});

/** Bits per second of a stream from one Pod to another, of which both have iperf3; `bytes` are sent before. */
async function rateBetween(
  from: string,
  to: string,
  { bytes = 0 }: { readonly bytes?: number } = {},
): Promise<number> {
  const client = ["iperf3", "--json", "--client", await podAddress(lab(), to)];
  if (bytes > 0) await inPod(lab(), from, [...client, "--bytes", String(bytes)]);
  const { end } = JSON.parse(await inPod(lab(), from, [...client, "--time", "5"])) as {
    readonly end: { readonly sum_received: { readonly bits_per_second: number } };
  };
  return end.sum_received.bits_per_second;
}

test("kubernetes.io/ingress-bandwidth holds a Pod to its rate, through the plugin bandwidth", async (t) => {
  const iperf = (name: string, node: string, annotations = {}) => ({
    ...{ name, node, annotations, image: "networkstatic/iperf3", command: ["iperf3", "-s"] },
  });
  await startPods(lab(), [iperf("sender", "node-2"), iperf("free", "node-1")]);
  const free = await rateBetween("sender", "free");
  const rate = Math.round(Math.min(100e6, free / 3));
  await startPods(lab(), [
    iperf("held", "node-1", { "kubernetes.io/ingress-bandwidth": String(rate) }),
  ]);
  // containerd lets 2³² bits pass first however fast, and meanwhile more are allowed; a busy machine takes several goes
  const first = Math.round(2 ** 29 / (1 - rate / free));
  let held = await rateBetween("sender", "held", { bytes: first });
  const isHeld = () => held > 0.5 * rate && held < 1.2 * rate;
  for (let more = 0; more < 12 && !isHeld(); more++) held = await rateBetween("sender", "held");
  const megabits = [free, rate, held].map((one) => (one / 1e6).toFixed(1));
  t.diagnostic(`free, asked for, got: ${megabits.join(", ")} Mbit/s`);
  assert.ok(isHeld(), `${held / rate} of what was asked for`);
  await deletePods(lab(), "sender", "free", "held");
  await eventuallyAgree();
});

/** Whether a namespace of a Node, by name, gets answers from an address. */
async function pingsFrom(node: string, netns: string, address: string): Promise<boolean> {
  const ping = ["ip", "netns", "exec", netns, "ping", "-c", "2", "-W", "2", address] as const;
  return (await lab().node(node).attempt(ping)).exitCode === 0;
}

test("cnitool attaches a namespace that is no Pod's, checks it, and leaves nothing", async () => {
  const node = lab().node("node-1");
  const pod = await podAddress(lab(), "probe-2");
  await using cnitool = await cnitoolFor(node, "by-cnitool");
  await cnitool.call("status");
  const address = addressOf(await cnitool.call("add"));
  await cnitool.call("check");
  assert.ok(await pingsFrom("node-1", "by-cnitool", pod), "it reaches a Pod");
  assert.equal(await ping(lab(), "probe-2", address), 3, "a Pod reaches it");
  await assert.rejects(cnitool.call("add"), /already/);
  await cnitool.call("del");
  await cnitool.call("del");
  await assert.rejects(cnitool.call("check"));
  await eventuallyAgree();
});

for (const [name, runtime] of [
  ["ctr run --cni", ctrRun],
  ["podman", podmanRun],
] as const)
  test(`${name} runs a container on our network that talks with Pods both ways, and leaves nothing`, async () => {
    const pod = await podAddress(lab(), "probe-2");
    await using container = await runtime(lab(), "node-1", "by-hand");
    const said = container.run(`ping -c 3 -W 2 ${pod} && exec nginx -g "daemon off;"`);
    let address = "";
    await eventually(`${name} has an address`, async () => {
      address = (await portsOf("node-1")).find(({ key }) => key === "/")?.address ?? "";
      return address !== "";
    });
    assert.equal(await ping(lab(), "probe-2", address), 3, "a Pod reaches it");
    const curl = ["curl", "-sS", "--max-time", "2", `http://${address}/`];
    await eventually("it has reached a Pod, and serves", () =>
      inPod(lab(), "probe-2", curl).then(
        (page) => /nginx/i.test(page),
        () => false,
      ),
    );
    await container.stop();
    const { stdout, stderr } = await said;
    assert.match(stdout, / 3 received/, `it reaches a Pod: ${stderr}`);
    await eventuallyAgree();
    assert.deepEqual(
      (await lab().node("node-1").exec(["ls", "/run/netns"])).match(/^(antrea|netns)-.*/gm),
      null,
    );
  });

test("two containers of one Pod that are attached at once get an address each, and whichever stays has the network", async () => {
  const plugin = pluginOn(lab().node("node-1"));
  const pod = await podAddress(lab(), "probe-2");
  for (const [round, first] of [0, 1].entries()) {
    const containers = ["a", "b"].map((which) => ({
      id: `racer-${round}-${which}`,
      netns: `racer-${round}-${which}`,
      pod: { namespace: "default", name: "racer" },
    }));
    for (const { netns } of containers) await plugin.makeNetns(netns);
    const ends = await Promise.all(containers.map((container) => plugin.add(container)));
    const addresses = ends.map((end) => (end.kind === "done" ? addressOf(end.stdout) : ""));
    assert.ok(
      addresses.every((address) => address !== ""),
      JSON.stringify(ends),
    );
    assert.notEqual(addresses[0], addresses[1]);
    const goes = containers[first] ?? assert.fail();
    const stays = containers[1 - first] ?? assert.fail();
    assert.equal((await plugin.del(goes)).kind, "done");
    assert.ok(await pingsFrom("node-1", stays.netns, pod), "what stays reaches a Pod");
    assert.equal(await ping(lab(), "probe-2", addresses[1 - first] ?? ""), 3);
    assert.equal((await plugin.del(stays)).kind, "done");
    for (const { netns } of containers) await plugin.removeNetns(netns);
  }
  await eventuallyAgree();
});
