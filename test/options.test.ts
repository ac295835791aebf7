import assert from "node:assert/strict";
import { test } from "node:test";
import { configureAgents, inAgent, inPod, labForFile, ping, startPods } from "./support/cluster.ts";
import { checkConfig } from "./support/config.ts";
import { datapath, datapathLine, needsUserspace } from "./support/datapath.ts";
import { podCidrOf } from "./support/node-state.ts";
import { carriersOf } from "./support/path.ts";
import { steadyPing } from "./support/steady-ping.ts";

/** Options of the configuration, each proven by what the network does. kube-controller-manager gives the Pod CIDRs. */
const lab = labForFile("options", {
  mode: "noEncap",
  nodes: 2,
  subnets: 1,
  allocateNodeCidrs: true,
});

const addresses = new Map<string, string>();
const address = (name: string): string =>
  addresses.get(name) ?? assert.fail(`${name} has an address`);
const pod = (name: string) => ({ name, address: address(name) });

async function start(name: string, node: string, image?: string): Promise<void> {
  const spec = {
    name,
    node,
    ...(image === undefined ? {} : { image, command: ["sleep", "3600"] }),
  };
  for (const [key, value] of await startPods(lab(), [spec])) addresses.set(key, value);
}

/** The sources that the world outside sees of a Pod's echoes. */
async function sourcesSeenOutside(from: string): Promise<readonly string[]> {
  const { outside } = lab();
  await using capture = await lab().capture({ filter: `icmp and dst host ${outside.address}` });
  assert.equal(await ping(lab(), from, outside.address), 3, `${from} reaches the world outside`);
  return [...new Set((await capture.stop()).map(({ outer }) => outer.source))];
}

interface Conditions {
  readonly agentConditions?: readonly Condition[];
  readonly controllerConditions?: readonly Condition[];
  readonly networkInfo?: { readonly uplinkPath: string; readonly trafficEncapMode: string };
}
interface Condition {
  readonly type: string;
  readonly status: string;
}

async function info(kind: "aai" | "aci", name: string): Promise<Conditions> {
  return JSON.parse(await lab().kubectl(["get", kind, name, "-o", "json"])) as Conditions;
}

test("nodeIPAM off leaves Pod CIDRs to kube-controller-manager, and Pods have addresses of them", async () => {
  await start("one", "node-1");
  await start("two", "node-2");
  for (const [name, node] of [
    ["one", "node-1"],
    ["two", "node-2"],
  ] as const) {
    const prefix = (await podCidrOf(lab(), node)).replace(/0\/24$/, "");
    assert.ok(address(name).startsWith(prefix), `${address(name)} is of ${node}`);
  }
  const { controllerConditions = [] } = await info("aci", "antrea-controller");
  assert.deepEqual(
    controllerConditions.map(({ type }) => type),
    ["ControllerHealthy"],
  );
  assert.equal(await ping(lab(), "one", address("two")), 3);
});

test("kubectl get aai and aci show true columns and true conditions", async () => {
  const agents = await lab().kubectl(["get", "aai", "-o", "wide"]);
  assert.match(agents, /^NAME +HEALTHY +LAST HEARTBEAT +VERSION +NODE +NUM PODS +SUBNETS +MODE/);
  assert.match(
    agents,
    /^node-1 +True +\S+ +v\S+ +node-1 +\d+ +\["10\.244\.\d+\.0\/24"\] +noEncap/m,
  );
  const controllers = await lab().kubectl(["get", "aci", "-o", "wide"]);
  assert.match(controllers, /^antrea-controller +True +\S+ +v\S+ +2 +node-\d /m);
  for (const node of ["node-1", "node-2"]) {
    const { agentConditions = [] } = await info("aai", node);
    for (const type of [
      "AgentHealthy",
      "ControllerConnectionUp",
      "OVSDBConnectionUp",
      "OpenflowConnectionUp",
    ])
      assert.equal(agentConditions.find((one) => one.type === type)?.status, "True", type);
  }
});

test("kubectl rollout restart of the agents loses no packet, and no connection", async () => {
  const page = "/usr/share/nginx/html/slow";
  const make = `head -c 4M /dev/urandom > ${page}; sha256sum < ${page}`;
  const sum = await inPod(lab(), "two", ["sh", "-c", make]);
  const get = `curl -sS --limit-rate 250k http://${address("two")}/slow | sha256sum`;
  const got = inPod(lab(), "one", ["sh", "-c", get]);
  const echoes = await steadyPing(lab(), "one", address("two"));
  await configureAgents(lab(), `trafficEncapMode: noEncap\n${datapathLine}`);
  assert.deepEqual((await echoes.stop()).lost, []);
  assert.equal(await got, sum);
});

test("noSNAT shows the world outside the Pods' own addresses, and defaultMTU is the Pods' MTU", async () => {
  assert.deepEqual(await sourcesSeenOutside("one"), [lab().node("node-1").address]);
  for (const node of ["node-1", "node-2"])
    await lab().fabric.addRoute(await podCidrOf(lab(), node), node);
  await configureAgents(
    lab(),
    `trafficEncapMode: noEncap\n${datapathLine}noSNAT: true\ndefaultMTU: 1300\n`,
  );
  assert.deepEqual(await sourcesSeenOutside("one"), [address("one")]);
  await start("small", "node-1");
  assert.equal((await inPod(lab(), "small", ["cat", "/sys/class/net/eth0/mtu"])).trim(), "1300");
  const gateway = await lab().node("node-1").exec(["ip", "link", "show", "dev", "antrea-gw0"]);
  assert.match(gateway, / mtu 1300 /);
  assert.equal(await ping(lab(), "small", address("two"), { sizeBytes: 1300 - 28 }), 3);
});

test("uplinkPath kernel leaves the uplink to Linux: Pods reach each other as themselves, and the world by their Node", async () => {
  await configureAgents(
    lab(),
    `trafficEncapMode: noEncap\n${datapathLine}${datapath === "netdev" ? "uplinkPath: kernel\n" : ""}`,
  );
  const ports = await inAgent(lab(), "node-1", "antrea-ovs", ["ovs-vsctl", "list-ports", "br-int"]);
  assert.doesNotMatch(ports, datapath === "netdev" ? /eth0|antrea-tun0/ : /eth0/);
  assert.deepEqual(await carriersOf(lab(), { from: pod("one"), to: address("two") }), ["bare"]);
  assert.deepEqual(await carriersOf(lab(), { from: pod("two"), to: address("one") }), ["bare"]);
  assert.deepEqual(await sourcesSeenOutside("one"), [lab().node("node-1").address]);
  assert.match(
    await inAgent(lab(), "node-1", "antrea-agent", ["antctl", "get", "agentinfo", "-o", "yaml"]),
    /^ +uplinkPath: kernel$/m,
  );
  assert.match(
    await inAgent(lab(), "node-1", "antrea-agent", ["antctl", "check", "connectivity"]),
    /All 1 ways work/,
  );
  assert.equal(
    (
      await lab()
        .node("node-2")
        .attempt(["ping", "-c", "1", "-W", "2", address("one")])
    ).exitCode,
    0,
  );
});

const tso = needsUserspace("userspaceTso");
test(
  "userspaceTSO carries TCP between Nodes, on one Node and to the world outside",
  tso,
  async () => {
    await configureAgents(lab(), `trafficEncapMode: noEncap\n${datapathLine}userspaceTSO: true\n`);
    const set = await inAgent(lab(), "node-1", "antrea-ovs", [
      ...["ovs-vsctl", "get", "Open_vSwitch", ".", "other_config:userspace-tso-enable"],
    ]);
    assert.match(set, /true/);
    const page = "/usr/share/nginx/html/large";
    for (const server of ["two", "small"]) {
      const make = `head -c 20M /dev/urandom > ${page}; sha256sum < ${page}`;
      const sum = await inPod(lab(), server, ["sh", "-c", make]);
      const get = `curl -sS --max-time 20 http://${address(server)}/large | sha256sum`;
      assert.equal(await inPod(lab(), "one", ["sh", "-c", get]), sum, `20 MB of ${server}`);
    }
    assert.deepEqual(await carriersOf(lab(), { from: pod("one"), to: address("two") }), ["bare"]);
    assert.deepEqual(await sourcesSeenOutside("one"), [lab().node("node-1").address]);
  },
);

test("tunnelPort, tunnelCsum and hostGateway are taken as configured, with the Pods that are there", async () => {
  await configureAgents(
    lab(),
    `trafficEncapMode: encap\n${datapathLine}tunnelPort: 7081\ntunnelCsum: true\nhostGateway: gw-other0\n`,
  );
  await using capture = await lab().capture({ filter: "udp port 7081 and udp[6:2] != 0" });
  await using elsewhere = await lab().capture({ filter: "icmp or udp port 6081" });
  assert.equal(await ping(lab(), "one", address("two")), 3);
  assert.ok((await capture.stop()).length >= 6, "echoes and replies have a checksum outside");
  const ends: readonly string[] = [address("one"), address("two")];
  const others = (await elsewhere.stop()).filter(({ outer }) => ends.includes(outer.source));
  assert.deepEqual(others, []);
  const ports = await inAgent(lab(), "node-1", "antrea-ovs", ["ovs-vsctl", "list-ports", "br-int"]);
  assert.match(ports, /^gw-other0$/m);
  assert.doesNotMatch(ports, /^antrea-gw0$/m);
  const links = await lab().node("node-1").exec(["ip", "-br", "link"]);
  assert.match(links, /^gw-other0 /m);
  assert.doesNotMatch(links, /^antrea-gw0 /m);
  assert.deepEqual(await sourcesSeenOutside("one"), [lab().node("node-1").address]);
  assert.equal(
    (
      await lab()
        .node("node-2")
        .attempt(["ping", "-c", "1", "-W", "2", address("one")])
    ).exitCode,
    0,
  );
});

test("ovsBridges and ovs.hwOffload are done where the machine can, and told where it cannot", async () => {
  await configureAgents(
    lab(),
    "trafficEncapMode: encap\novsBridges:\n  - bridgeName: br-other\n    datapathType: system\novs:\n  hwOffload: true\ntlsMinVersion: VersionTLS13\ntlsCipherSuites: TLS_CHACHA20_POLY1305_SHA256\n",
  );
  const bridges = await inAgent(lab(), "node-1", "antrea-ovs", ["ovs-vsctl", "list-br"]);
  assert.equal(bridges.trim(), "br-other");
  const offload = ["ovs-vsctl", "get", "Open_vSwitch", ".", "other_config:hw-offload"];
  assert.match(await inAgent(lab(), "node-1", "antrea-ovs", offload), /true/);
  const { agentConditions = [] } = await info("aai", "node-1");
  const asConfigured = agentConditions.find(({ type }) => type === "DatapathAsConfigured");
  const isThere = datapath === "system";
  assert.equal(asConfigured?.status, isThere ? "True" : "False");
  if (!isThere)
    assert.match(JSON.stringify(asConfigured), /system was asked for; this machine offers netdev/);
  await start("on-other", "node-1");
  assert.equal(await ping(lab(), "on-other", address("two")), 3);
  assert.equal(await ping(lab(), "one", address("on-other")), 3);
});

test("tlsMinVersion and tlsCipherSuites are what the agent's API speaks, and nothing else", async () => {
  const handshake = async (...more: readonly string[]) => {
    const api = `${lab().node("node-1").address}:10350`;
    const argv = ["openssl", "s_client", "-brief", "-connect", api, ...more] as const;
    return (await lab().node("node-2").attempt(argv, { input: "" })).stderr;
  };
  const agreed = await handshake();
  assert.match(agreed, /^Protocol version: TLSv1\.3$/m);
  assert.match(agreed, /^Ciphersuite: TLS_CHACHA20_POLY1305_SHA256$/m);
  assert.match(await handshake("-tls1_2"), /alert protocol version/);
  assert.match(await handshake("-ciphersuites", "TLS_AES_128_GCM_SHA256"), /handshake failure/);
});

/** What goes wrong, the place that is told, and what the sentence must say. */
const refused: readonly (readonly [config: string, place: string, sentence: RegExp])[] = [
  ["trafficEncapMode: hybrid\ntrafficEncryptionMode: ipsec\n", "2:1", /only "encap"/],
  ["trafficEncapMode: noEncap\ntrafficEncryptionMode: wireGuard\n", "2:1", /only "encap"/],
  ["trafficEncapMode: encap\ntrafficEncryptionMode: wireGuard\n", "2:1", /unencrypted/],
  ["trafficEncapMode: networkPolicyOnly\n", "1:1", /does not have/],
  ["trafficEncapMode: encap\nnoSNAT: true\n", "2:1", /Set it only with "noEncap"/],
  ["noSNAT: true\ntrafficEncapMode: hybrid\n", "1:1", /Set it only with "noEncap"/],
  ["tunnelType: stt\n", "1:1", /geneve/],
  ["tunnelType: gre\ntunnelPort: 4711\n", "2:1", /GRE has no port/],
  ["tunnelPort: 10351\n", "1:1", /apart/],
  ["tunnelPort: 70000\n", "1:13", /70000/],
  ["defaultMTU: 12\n", "1:13", /576/],
  ["uplinkPath: kernel\novsDatapathType: netdev\n", "1:1", /noEncap/],
  ["trafficEncapMode: noEncap\nuplinkPath: kernel\n", "2:1", /netdev/],
  ["userspaceTSO: true\novsDatapathType: netdev\n", "1:1", /noEncap/],
  ["hostGateway: br-int\n", "1:1", /two names/],
  ["hostGateway: antrea-tun0\n", "1:1", /tunnel port/],
  ["transportInterfaceCIDRs: [10.0.0.1/24]\n", "1:27", /10\.0\.0\.0\/24|10\.0\.0\.1\/24/],
  ["trafficEncapMode: noEncap\nfeatureGates:\n  AntreaProxy: false\n", "2:1", /AntreaProxy is off/],
  ["enableBridgingMode: true\n", "1:1", /AntreaIPAM/],
  ["ovsBridge: a\novsBridges:\n  - bridgeName: b\n", "2:1", /Give one of them/],
  ["trafficEncapMode: [encap\n", "2:1", /end with a \]/],
  ["- trafficEncapMode\n", "1:1", /holds a list/],
  ["trafficEncapMode: encap\ntrafficEncapMode: hybrid\n", "2:1", /unique/],
];

test("wrong combinations are refused with file, line and a sentence", async () => {
  for (const [config, place, sentence] of refused) {
    const { isAccepted, said } = await checkConfig(lab(), config);
    assert.equal(isAccepted, false, config);
    assert.match(said, /^\S*antrea-agent\.conf:\d+:\d+: /, config);
    assert.ok(said.includes(`antrea-agent.conf:${place}`), `${config}${said}`);
    assert.match(said, sentence, config);
  }
});
