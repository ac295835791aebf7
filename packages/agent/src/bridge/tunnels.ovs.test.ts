import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { interfaceNames, networkSettingsOf, parseAgentConfig } from "@antrea/api";
import { parseMac } from "@antrea/net";
import { readPcapByTshark, startOvs } from "@antrea/openflow/testing";
import { desiredBridge } from "./desired-bridge.ts";

/** The options that the agent gives its tunnel port. */
function tunnelOptions(config: string): Readonly<Record<string, string>> {
  const read = parseAgentConfig(config, "antrea-agent.conf", {
    allowNoEncapWithoutAntreaProxy: true,
  });
  const gatewayMac = parseMac("0a:00:00:00:00:01");
  assert.ok(read.kind === "accepted" && gatewayMac);
  const { ports } = desiredBridge({
    config: read.config,
    accepted: [networkSettingsOf(read.config)],
    tunnelPorts: new Map(),
    gatewayMac,
    transportDevices: ["eth0"],
    uplinkPorts: new Map(),
    mtu: 1450,
    datapathType: "netdev",
    tunnelFamily: "ipv4",
    podPorts: new Map(),
  });
  const options = ports.get(interfaceNames.tunnel)?.options;
  assert.ok(options);
  return options;
}

/** ICMP from 10.244.0.5 to 10.244.3.7. */
const echo =
  "0a00000000020a000000000108004500001c0000000040016428" + "0af400050af40307" + "0800f7ff00000000";

/** The first echo in a capture, as soon as the switch has written it. */
async function firstPacket<const F extends string>(capture: string, fields: readonly F[]) {
  const options = ["-d", "udp.port==8472,vxlan", "-o", "udp.check_checksum:TRUE"];
  for (const deadline = performance.now() + 30_000; ; ) {
    const [packet] = await readPcapByTshark(capture, fields, ["-Y", "icmp", ...options]);
    if (packet) return packet;
    assert.ok(performance.now() < deadline, "the packet leaves within 30 s");
  }
}

/** What tshark reads of the packet that leaves the Node when a Pod's is sent into the tunnel. */
async function onTheWire<const F extends string>(
  config: string,
  fields: readonly F[],
): Promise<Readonly<Record<F, readonly string[]>>> {
  await using ovs = await startOvs({ hasTunnels: true });
  const options = Object.entries(tunnelOptions(config)).map(
    ([key, value]) => `options:${key}=${value}`,
  );
  const [tunnelType = "geneve"] = /geneve|vxlan|gre/.exec(config) ?? [];
  const capture = join(ovs.runDir, "wire.pcap");
  await ovs.addBridge("br-phy", ["eth0"]);
  await ovs.addBridge("br-int", ["pod"]);
  await ovs.vsctl("set", "interface", "eth0", `options:tx_pcap=${capture}`);
  await ovs.vsctl(
    ...[
      "add-port",
      "br-int",
      interfaceNames.tunnel,
      "--",
      "set",
      "interface",
      interfaceNames.tunnel,
    ],
    ...[`type=${tunnelType}`, "ofport_request=9", ...options],
  );
  await ovs.ofctl("add-flow", "br-phy", "actions=normal");
  const peer = "172.30.1.11";
  await ovs.ofctl("add-flow", "br-int", `actions=set_field:${peer}->tun_dst,output:9`);
  await ovs.appctl("netdev-dummy/ip4addr", "br-phy", "172.30.1.10/24");
  await ovs.appctl("ovs/route/add", "172.30.1.0/24", "br-phy");
  await ovs.appctl("tnl/arp/set", "br-phy", peer, "0a:00:00:00:01:0b");
  await ovs.appctl("netdev-dummy/receive", "pod", echo);
  const common = ["ip.src", "ip.dst", "icmp.type", "_ws.malformed"] as const;
  const packet = await firstPacket(capture, [...common, ...fields]);
  assert.deepEqual(packet["ip.src"], ["172.30.1.10", "10.244.0.5"]);
  assert.deepEqual(packet["ip.dst"], [peer, "10.244.3.7"]);
  assert.deepEqual(packet["icmp.type"], ["8"]);
  assert.deepEqual(packet["_ws.malformed"], []);
  return packet;
}

test("a Geneve tunnel is Geneve to tshark: an Ethernet frame in network 0, without options", async () => {
  const read = await onTheWire("tunnelType: geneve", [
    ...(["udp.dstport", "udp.checksum", "geneve.vni"] as const),
    ...(["geneve.proto_type", "geneve.options", "eth.dst"] as const),
  ]);
  assert.deepEqual(read["udp.dstport"], ["6081"]);
  assert.deepEqual(read["udp.checksum"].map(Number), [0]);
  assert.deepEqual(read["geneve.vni"].map(Number), [0]);
  assert.deepEqual(read["geneve.proto_type"], ["0x6558"]);
  assert.deepEqual(read["geneve.options"], []);
  assert.deepEqual(read["eth.dst"], ["0a:00:00:00:01:0b", "0a:00:00:00:00:02"]);
});

test("a VXLAN tunnel on a port of one's own, with checksums, is VXLAN with a good one to tshark", async () => {
  const read = await onTheWire("tunnelType: vxlan\ntunnelPort: 8472\ntunnelCsum: true", [
    ...(["udp.dstport", "udp.checksum.status", "vxlan.vni", "eth.dst"] as const),
  ]);
  assert.deepEqual(read["udp.dstport"], ["8472"]);
  assert.deepEqual(read["udp.checksum.status"], ["1"]); // "Good" of proto_checksum_vals
  assert.deepEqual(read["vxlan.vni"], ["0"]);
  assert.deepEqual(read["eth.dst"], ["0a:00:00:00:01:0b", "0a:00:00:00:00:02"]);
});

test("a GRE tunnel is GRE with an Ethernet frame to tshark", async () => {
  const read = await onTheWire("tunnelType: gre", ["gre.proto", "gre.key", "eth.dst"]);
  assert.deepEqual(read["gre.proto"], ["0x6558"]);
  assert.deepEqual(read["gre.key"].map(Number), [0]);
  assert.deepEqual(read["eth.dst"], ["0a:00:00:00:01:0b", "0a:00:00:00:00:02"]);
});
