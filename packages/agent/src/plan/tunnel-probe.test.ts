import assert from "node:assert/strict";
import { test } from "node:test";
import type { NetworkForm, NetworkSettings } from "@antrea/api";
import { familyOf, ipToBytes } from "@antrea/net";
import { cidr, link, sharedSettings } from "@antrea/pipeline/testing";
import { internetChecksum, wordSum } from "@antrea/wire";
import { tunnelProbes, type TunnelProbeInput, unreachedText } from "./tunnel-probe.ts";

const node = (number: number) => ({
  name: `node-${number}`,
  podCidrs: [cidr(`10.244.${number}.0/24`)],
  transport: [link(`172.30.1.1${number}/24`), link(`fd00:172:30:1::${number}/64`)],
});

function probes(more: Partial<TunnelProbeInput> = {}) {
  return tunnelProbes({
    settings: sharedSettings("encap", "vxlan"),
    paths: [2, 3].map((n) => ({
      ...{ node: `node-${n}`, from: "geneve:6081", to: "vxlan:4789", reason: "" },
    })),
    local: node(1),
    peers: [2, 3, 4].map(node),
    accepts: () => ["direct", "geneve:6081"],
    ...more,
  });
}

const ends = (of: ReturnType<typeof probes>) =>
  of.map(({ source, destination, carrier }) => `${source} ${destination} ${carrier}`);

test("tunnelProbes() asks whom another tunnel would lead to, by the address that it would be sent to", () => {
  assert.deepEqual(ends(probes()), [
    "172.30.1.11 172.30.1.12 UDP port 4789",
    "172.30.1.11 172.30.1.13 UDP port 4789",
  ]);
});

const bytesOf = (settings: NetworkSettings, more: Partial<TunnelProbeInput> = {}): Buffer =>
  Buffer.from(probes({ settings, ...more })[0]?.payload ?? []);

test("tunnelProbes() look like the tunnel to who filters between Nodes", () => {
  const vxlan = bytesOf(sharedSettings("encap", "vxlan"));
  assert.deepEqual([vxlan.readUInt16BE(2), vxlan.readUInt8(8)], [4789, 0x08]);
  const geneve = bytesOf({ ...sharedSettings("encap"), tunnelPort: 7000 });
  assert.deepEqual([geneve.readUInt16BE(2), geneve.readUInt16BE(8 + 2)], [7000, 0x6558]);
  const [gre] = probes({ settings: sharedSettings("encap", "gre") });
  assert.equal(`${gre?.protocol} ${gre?.carrier}`, "47 IP protocol 47 (GRE)");
  assert.equal(Buffer.from(gre?.payload ?? []).readUInt32BE(0), 0x6558);
});

test("tunnelProbes() have the checksum of UDP, over either IP family", () => {
  const [first, ...others] = [node(1), node(2), node(3)].map((each) => ({
    ...each,
    transport: each.transport.filter(({ address }) => familyOf(address) === "ipv6"),
  }));
  assert.ok(first);
  const ipv6 = probes({ local: first, peers: others });
  assert.equal(ipv6.length, 2);
  for (const { source, destination, payload } of [...probes(), ...ipv6]) {
    const ends = wordSum(ipToBytes(source)) + wordSum(ipToBytes(destination));
    assert.equal(internetChecksum(ends + 17 + payload.length + wordSum(payload)), 0);
  }
});

test("tunnelProbes() asks nobody who takes that tunnel by now, and nobody who is reached directly", () => {
  const accepts = (name: string): readonly NetworkForm[] =>
    name === "node-2" ? ["direct", "vxlan:4789@eth1"] : [];
  assert.deepEqual(ends(probes({ accepts })), ["172.30.1.11 172.30.1.13 UDP port 4789"]);
  const paths = [{ node: "node-2", from: "geneve:6081", to: "direct", reason: "" }];
  assert.deepEqual(probes({ paths }), []);
  const isGreThere = { settings: sharedSettings("encap", "gre"), accepts: () => ["gre"] as const };
  assert.deepEqual(probes(isGreThere), []);
});

test("unreachedText() names three Nodes and counts the others", () => {
  const [one] = probes();
  assert.ok(one);
  const lost = [1, 2, 3, 4, 5].map((n) => ({ ...one, node: `node-${n}` }));
  assert.match(
    unreachedText(lost).join(),
    /UDP port 4789 does not reach node-1, node-2, node-3 and 2 more,/,
  );
  assert.deepEqual(unreachedText([]), []);
});
