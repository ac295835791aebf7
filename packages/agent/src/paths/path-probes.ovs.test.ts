import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { cidrFamily, type IpFamily, nthAddress, ofPort, ofPorts } from "@antrea/net";
import * as of from "@antrea/openflow/flow";
import { connectInTest, type Ovs, startOvs } from "@antrea/openflow/testing";
import {
  compileNode,
  compilePeer,
  compilePod,
  type NodeNetwork,
  pathProbeMark,
  pathProbeMeter,
  switchMeters,
} from "@antrea/pipeline";
import { cidr, link, mac, pod } from "@antrea/pipeline/testing";
import { encodeProbe, hex, nonceOf } from "./probe-frame.ts";

const uplink = ofPort(1);
const gateway = ofPort(2);
const podPort = ofPort(3);
const macOf = (number: number) => mac(`0e:00:00:00:01:0${number}`);
const families: readonly IpFamily[] = ["ipv4", "ipv6"];
const cidrsOf = (number: number) => [
  cidr(`10.244.${number}.0/24`),
  cidr(`fd00:10:244:${number}::/64`),
];
const transportOf = (number: number) => link(`172.30.1.1${number}/24`);

function nodeNumber(number: number): NodeNetwork {
  return {
    answersNd: true,
    podCidrs: cidrsOf(number),
    gateway: {
      ofPort: gateway,
      mac: mac(`0a:00:00:00:01:0${number}`),
      addresses: [link(`10.244.${number}.1/24`), link(`fd00:10:244:${number}::1/64`)],
    },
    tunnels: [],
    uplink: {
      device: "eth0",
      ofPort: uplink,
      mac: macOf(number),
      addresses: [transportOf(number)],
    },
  };
}

/** The other Node, tunnelled to and measured. */
function peerNumber(number: number, isMeasured = true) {
  return {
    identity: {
      name: `node-${number}`,
      podCidrs: cidrsOf(number),
      transport: [transportOf(number)],
    },
    path: { kind: "tunnel", remote: transportOf(number).address, reason: "test" },
    isMeasured,
    linkMac: macOf(number),
    nextHopMacs: Object.fromEntries(families.map((family) => [family, macOf(number)])),
  } as const;
}

let ovs: Ovs;
before(async () => {
  ovs = await startOvs();
  for (const number of [1, 2]) {
    const bridge = `br${number}`;
    await ovs.addBridge(bridge);
    const patch = ["type=patch", `options:peer=wire${3 - number}`, `ofport_request=${uplink}`];
    await ovs.vsctl(
      ...["add-port", bridge, `wire${number}`, "--", "set", "interface", `wire${number}`, ...patch],
    );
    for (const [name, port] of [
      ["gw", gateway],
      ["pod", podPort],
    ] as const)
      await ovs.vsctl(
        ...["add-port", bridge, `${name}${number}`],
        ...["--", "set", "interface", `${name}${number}`, "type=dummy", `ofport_request=${port}`],
      );
  }
});
after(() => ovs?.stop());

async function connected(number: number, isMeasured = true) {
  const connection = await connectInTest(ovs.mgmtSocket(`br${number}`));
  const node = nodeNumber(number);
  const local = pod({ port: podPort, addresses: [`10.244.${number}.5`] });
  const wanted = [
    ...compileNode(node),
    ...compilePeer(peerNumber(3 - number, isMeasured), node),
    ...compilePod(local, node),
  ];
  const existing = (await connection.dumpFlows()).map(({ flow }) => flow);
  const meters = of.diffMeters(await connection.dumpMeters(), switchMeters);
  await connection.apply({ meters, flows: of.diffFlows(existing, wanted) });
  return connection;
}

const nonce = (first: number) => Uint8Array.from({ length: 16 }, (_, i) => (first + i) & 0xff);

function probeFrom1(family: IpFamily, packetBytes: number, first: number): Uint8Array {
  const [source, destination] = [1, 2].map((number) => {
    const network = cidrsOf(number).find((one) => cidrFamily(one) === family);
    assert.ok(network);
    return nthAddress(network, 1n);
  });
  assert.ok(source && destination);
  const macs = { sourceMac: macOf(1), destinationMac: macOf(2) };
  return encodeProbe({ ...macs, source, destination, packetBytes, nonce: nonce(first) });
}

test("a probe is sent back by the peer's switch whole, and reaches the agent, in both IP families", async () => {
  await using one = await connected(1);
  await using _two = await connected(2);
  for (const family of families)
    for (const packetBytes of [64, 1450, 8950]) {
      const heard = Promise.withResolvers<{
        nonce: string | undefined;
        bytes: number;
        mark: string;
      }>();
      const stop = one.onPacketIn(({ packet, fullLength, userdata }) =>
        heard.resolve({ nonce: nonceOf(packet), bytes: fullLength, mark: hex(userdata) }),
      );
      one.packetOut({
        metadata: of.matchOf(of.inPort(ofPorts.controller)),
        actions: [of.output(uplink)],
        packet: probeFrom1(family, packetBytes, packetBytes),
      });
      const timeout = setTimeout(() => heard.reject(new Error(`${family} ${packetBytes}`)), 5_000);
      assert.deepEqual(await heard.promise, {
        nonce: hex(nonce(packetBytes)),
        bytes: 14 + packetBytes,
        mark: pathProbeMark,
      });
      clearTimeout(timeout);
      stop();
    }
});

test("answers by the thousand reach the agent at the meter's rate, and the others are dropped", async () => {
  await using one = await connected(1);
  await using _two = await connected(2);
  const sent = 6_000;
  let heard = 0;
  const stop = one.onPacketIn(() => heard++);
  const began = performance.now();
  for (let i = 0; i < sent; i++)
    one.packetOut({
      metadata: of.matchOf(of.inPort(ofPorts.controller)),
      actions: [of.output(uplink)],
      packet: probeFrom1("ipv4", 64, i),
    });
  for (let seen = 0n; seen < BigInt(sent); ) {
    const stats = await one.meterStats({ signal: AbortSignal.timeout(20_000) });
    seen = stats.find(({ meter }) => meter === pathProbeMeter.id)?.input.packets ?? 0n;
  }
  const most =
    pathProbeMeter.burst + (pathProbeMeter.packetsPerSecond * (performance.now() - began)) / 1000;
  assert.ok(heard > 0 && heard <= most, `${heard} of ${sent} were heard, at most ${most} may be`);
  stop();
});

/** What the switch of Node 1 would do with a UDP packet. */
function trace(fields: string): Promise<string> {
  return ovs.appctl("ofproto/trace", "br1", `udp,nw_ttl=64,${fields}`);
}

const answerPorts = "udp_src=10352,udp_dst=10353";
const fromPeer = `in_port=${uplink},dl_src=${macOf(2)},dl_dst=${macOf(1)}`;
const gateways = "nw_src=10.244.2.1,nw_dst=10.244.1.1";

test("an answer is taken from the peer's gateway and Ethernet address only, never from a Pod", async () => {
  await using _one = await connected(1);
  const isHeard = async (fields: string) => /controller|userspace/.test(await trace(fields));
  assert.equal(await isHeard(`${fromPeer},${gateways},${answerPorts}`), true);
  for (const forged of [
    `${fromPeer},nw_src=10.244.2.9,nw_dst=10.244.1.1,${answerPorts}`,
    `in_port=${uplink},dl_src=0e:00:00:00:09:09,dl_dst=${macOf(1)},${gateways},${answerPorts}`,
    `in_port=${podPort},dl_src=0a:00:00:00:00:05,dl_dst=0a:00:00:00:01:01,${gateways},${answerPorts}`,
    `in_port=${podPort},dl_src=0a:00:00:00:00:05,dl_dst=0a:00:00:00:01:01,nw_src=10.244.1.5,nw_dst=10.244.1.1,${answerPorts}`,
    `in_port=${gateway},${gateways},${answerPorts}`,
  ])
    assert.equal(await isHeard(forged), false, forged);
});

test("a question is sent back where it came from, and an answer is never answered", async () => {
  await using _one = await connected(1);
  const asked = await trace(`${fromPeer},${gateways},udp_src=10353,udp_dst=10352`);
  assert.match(asked, /Datapath actions: set\(eth.*(?:in_port|1|2)/);
  assert.match(asked, /dst=10\.244\.2\.1/);
  const looped = await trace(`${fromPeer},${gateways},${answerPorts}`);
  assert.doesNotMatch(looped, /nw_dst=10\.244\.2\.1/);
});

test("a peer that is not measured is neither asked nor answered by flows", async () => {
  await using _one = await connected(1, false);
  const text = await ovs.ofctl("dump-flows", "br1");
  assert.doesNotMatch(text, /10352/);
});
