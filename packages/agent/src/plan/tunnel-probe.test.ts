import assert from "node:assert/strict";
import { test } from "node:test";
import type { NetworkForm } from "@antrea/api";
import { cidr, link, sharedSettings } from "@antrea/pipeline/testing";
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
  of.map(({ source, destination, port }) => `${source} ${destination}:${port}`);

test("tunnelProbes() asks whom another tunnel would lead to, by the address that it would be sent to", () => {
  assert.deepEqual(ends(probes()), [
    "172.30.1.11 172.30.1.12:4789",
    "172.30.1.11 172.30.1.13:4789",
  ]);
  assert.equal(Buffer.from(probes()[0]?.payload ?? []).readUInt8(0), 0x08);
  const custom = { ...sharedSettings("encap"), tunnelPort: 7000 };
  const [geneve] = probes({ settings: custom });
  assert.equal(geneve?.port, 7000);
  assert.equal(Buffer.from(geneve.payload).readUInt16BE(2), 0x6558);
});

test("tunnelProbes() asks nobody who takes that tunnel by now, nobody who is reached directly, and of GRE nothing", () => {
  const accepts = (name: string): readonly NetworkForm[] =>
    name === "node-2" ? ["direct", "vxlan:4789@eth1"] : [];
  assert.deepEqual(ends(probes({ accepts })), ["172.30.1.11 172.30.1.13:4789"]);
  const paths = [{ node: "node-2", from: "geneve:6081", to: "direct", reason: "" }];
  assert.deepEqual(probes({ paths }), []);
  assert.deepEqual(probes({ settings: sharedSettings("encap", "gre") }), []);
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
