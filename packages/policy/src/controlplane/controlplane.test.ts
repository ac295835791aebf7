import assert from "node:assert/strict";
import { test } from "node:test";
import { type Cidr, type IpAddress, parseIp } from "@antrea/net";
import { anyPeer, type NetworkPolicy } from "../model.ts";
import {
  addressGroupKind,
  addressGroupPatchKind,
  networkPolicyWire,
  nodeReportWire,
  podReceiptWire,
} from "./index.ts";

const ip = (text: string): IpAddress => parseIp(text) as IpAddress;
const throughJson = (value: object): unknown => JSON.parse(JSON.stringify(value));

const policy: NetworkPolicy = {
  uid: "u-1",
  source: { kind: "AntreaClusterNetworkPolicy", namespace: "", name: "deny", uid: "u-1" },
  generation: 4,
  tierPriority: 250,
  priority: 5.5,
  isolates: ["In"],
  endsConnections: true,
  appliedToGroups: ["a"],
  rules: [
    {
      direction: "In",
      peer: { addressGroups: ["b"], ipBlocks: [{ cidr: "10.0.0.0/8" as Cidr, except: [] }] },
      services: [
        { protocol: "TCP", port: "http" },
        { protocol: "UDP", port: 53, endPort: 60, srcPort: 1 },
        { protocol: "ICMP", icmpType: 8 },
      ],
      action: "Drop",
      priority: 0,
      name: "first",
      enableLogging: true,
      logLabel: "seen",
      appliedToGroups: [],
    },
    {
      direction: "Out",
      peer: anyPeer,
      services: [],
      ...{ action: "Pass", priority: 1, name: "", enableLogging: false, logLabel: "" },
      appliedToGroups: ["c"],
    },
  ],
};

test("networkPolicyWire has each field both ways, addresses as bytes in base64", () => {
  const sent = networkPolicyWire.encode(policy);
  assert.deepEqual(networkPolicyWire.decode(throughJson(sent)), policy);
  const text = JSON.stringify(sent);
  assert.match(text, /"cidr":\{"ip":"CgAAAA==","prefixLength":8\}/);
  assert.match(text, /"sourceRef":\{"type":"AntreaClusterNetworkPolicy","name":"deny"/);
});

test("networkPolicyWire takes what Go leaves out, and refuses what nobody may mean", () => {
  const bare = {
    metadata: { name: "u" },
    sourceRef: { type: "K8sNetworkPolicy", namespace: "shop", name: "n", uid: "u" },
    rules: [{ direction: "In", from: {}, priority: -1, services: null }],
  };
  const read = networkPolicyWire.decode(bare);
  assert.deepEqual(read.rules[0]?.peer, { addressGroups: [], ipBlocks: [] });
  assert.equal(read.rules[0]?.action, "Allow");
  const rule = (change: object): object => ({ ...bare, rules: [{ ...bare.rules[0], ...change }] });
  for (const bad of [
    null,
    [],
    { ...bare, metadata: {} },
    { ...bare, tierPriority: 256 },
    { ...bare, sourceRef: { ...bare.sourceRef, type: "Pod" } },
    rule({ direction: "Up" }),
    rule({ action: "Open" }),
    rule({ services: [{ protocol: "GRE" }] }),
    rule({ services: [{ protocol: "TCP", port: 65_536 }] }),
    rule({ from: { ipBlocks: [{ cidr: { ip: "CgAAAA==", prefixLength: 33 } }] } }),
    rule({ from: { ipBlocks: [{ cidr: { ip: "CgAA", prefixLength: 8 } }] } }),
    rule({ from: { ipBlocks: [{ cidr: { ip: "10.0.0.0", prefixLength: 8 } }] } }),
  ])
    assert.throws(() => networkPolicyWire.decode(bad), { name: "ShapeError" }, JSON.stringify(bad));
});

test("addressGroupKind and its patch have members both ways, and leave strangers out", () => {
  const group = {
    name: "g",
    members: [
      {
        pod: { namespace: "shop", name: "cart-0" },
        ips: [ip("10.1.0.7"), ip("fd00::7")],
        ports: [{ name: "http", port: 80, protocol: "TCP" as const }],
      },
      { node: "node-1", ips: [ip("192.0.2.1")], ports: [] },
    ],
  };
  assert.deepEqual(addressGroupKind.decode(throughJson(addressGroupKind.encode(group))), group);
  const patch = { name: "g", added: group.members.slice(0, 1), removed: group.members.slice(1) };
  assert.deepEqual(
    addressGroupPatchKind.decode(throughJson(addressGroupPatchKind.encode(patch))),
    patch,
  );
  const strange = { metadata: { name: "g" }, groupMembers: [{ externalEntity: { name: "vm" } }] };
  assert.deepEqual(addressGroupKind.decode(strange), { name: "g", members: [] });
});

test("addressGroupKind reads IPv4 in sixteen bytes as the address that it is", () => {
  const mapped = Buffer.from("00000000000000000000ffff0a010007", "hex").toString("base64");
  const { members } = addressGroupKind.decode({
    metadata: { name: "g" },
    groupMembers: [{ node: { name: "n" }, ips: [mapped] }],
  });
  assert.deepEqual(members[0]?.ips, ["10.1.0.7"]);
});

test("podReceiptWire has UID and name both ways", () => {
  const receipt = { uid: "p-1", pod: { namespace: "shop", name: "cart-0" } };
  assert.deepEqual(podReceiptWire.decode(throughJson(podReceiptWire.encode(receipt))), receipt);
});

test("nodeReportWire tells of the reporter's Node alone, and of no more text than is useful", () => {
  const report = {
    nodeName: "node-1",
    isWhole: true,
    policies: [
      { uid: "a", generation: 3 },
      { uid: "b", failure: "no room" },
    ],
  };
  assert.deepEqual(nodeReportWire.decode(throughJson(nodeReportWire.encode(report))), report);
  const forged = {
    nodeName: "node-1",
    items: [
      { metadata: { name: "a" }, nodes: [{ nodeName: "node-2", generation: 9 }] },
      {
        metadata: { name: "b" },
        nodes: [{ nodeName: "node-1", realizationFailure: true, message: "x".repeat(9_999) }],
      },
    ],
  };
  const { isWhole, policies } = nodeReportWire.decode(forged);
  assert.equal(isWhole, false);
  assert.deepEqual(policies, [{ uid: "b", failure: "x".repeat(1_000) }]);
});
