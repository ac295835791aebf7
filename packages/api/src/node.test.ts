import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { nodeAnnotations } from "./names.ts";
import { formatTransportAddresses, formatTransportNetworks, parseNode } from "./node.ts";

interface Parts {
  readonly podCIDRs?: unknown;
  readonly transport?: unknown;
  readonly networks?: unknown;
  readonly addresses?: unknown;
}

function nodeObject({ podCIDRs, transport, networks, addresses = reported }: Parts = {}): unknown {
  const annotations = {
    ...(transport === undefined ? {} : { [nodeAnnotations.transportAddresses]: transport }),
    ...(networks === undefined ? {} : { [nodeAnnotations.transportNetworks]: networks }),
  };
  return {
    metadata: { name: "node-a", uid: "u1", annotations, labels: { zone: "z1" } },
    spec: { podCIDRs },
    status: { addresses },
  };
}

const reported = [
  { type: "Hostname", address: "node-a" },
  { type: "InternalIP", address: "192.168.77.100" },
  { type: "ExternalIP", address: "203.0.113.7" },
];

test("parseNode() takes the address that the kubelet reports, InternalIP first", () => {
  const parsed = parseNode(nodeObject({ podCIDRs: ["10.10.1.0/24", "fd00::/64"] }));
  assert.deepEqual(parsed?.node.transport, [{ address: "192.168.77.100" }]);
  assert.deepEqual(parsed?.node.podCidrs, ["10.10.1.0/24", "fd00::/64"]);
  assert.deepEqual(parsed?.node.labels, { zone: "z1" });
  assert.deepEqual(parsed?.problems, []);
  const external = parseNode(nodeObject({ addresses: [reported[2]] }));
  assert.deepEqual(external?.node.transport, [{ address: "203.0.113.7" }]);
});

test("parseNode() lets the annotations say address and prefix", () => {
  const parsed = parseNode(
    nodeObject({ transport: "10.0.5.1,fd00::5", networks: "10.0.5.1/24,fd00::5/64" }),
  );
  assert.deepEqual(parsed?.node.transport, [
    { address: "10.0.5.1", prefixLength: 24 },
    { address: "fd00::5", prefixLength: 64 },
  ]);
  const transport = parsed?.node.transport ?? [];
  assert.equal(formatTransportAddresses(transport), "10.0.5.1,fd00::5");
  assert.equal(formatTransportNetworks(transport), "10.0.5.1/24,fd00::5/64");
});

test("parseNode() believes a prefix only for the address that is used", () => {
  const parsed = parseNode(nodeObject({ networks: "192.168.77.101/24" }));
  assert.deepEqual(parsed?.node.transport, [{ address: "192.168.77.100" }]);
});

test("parseNode() refuses annotations that are not what they must be, and says so", () => {
  const bad = [
    "",
    "x",
    "10.0.0.1,10.0.0.2",
    "10.0.0.1,,",
    "127.0.0.1",
    "224.0.0.1",
    "0.0.0.0",
    "169.254.0.253",
    "255.255.255.255",
    "::",
    "fe80::1",
    "ff02::1",
    "10.0.0.1/24",
    "10.0.0.1;rm",
    "010.0.0.1",
  ];
  for (const transport of bad) {
    const parsed = parseNode(nodeObject({ transport }));
    assert.deepEqual(parsed?.node.transport, [{ address: "192.168.77.100" }], transport);
    assert.equal(parsed?.problems.length, 1, transport);
  }
  for (const networks of [
    "",
    "10.0.0.1",
    "10.0.0.1/33",
    "192.168.77.100/0",
    "1.1.1.1/8,2.2.2.2/8,3.3.3.3/8",
  ])
    assert.equal(parseNode(nodeObject({ networks }))?.problems.length, 1, networks);
});

test("parseNode() refuses Pod CIDRs that Pods cannot have", () => {
  for (const cidr of [
    "10.0.0.1/24",
    "x",
    "0.0.0.0/0",
    "127.0.0.0/8",
    "224.0.0.0/4",
    "::/0",
    "fe80::/64",
    7,
  ]) {
    const parsed = parseNode(nodeObject({ podCIDRs: [cidr] }));
    assert.deepEqual(parsed?.node.podCidrs, [], String(cidr));
    assert.equal(parsed?.problems.length, 1, String(cidr));
  }
  const two = parseNode(nodeObject({ podCIDRs: ["10.0.0.0/24", "10.0.1.0/24"] }));
  assert.deepEqual(two?.node.podCidrs, ["10.0.0.0/24"]);
});

test("parseNode() never throws and never lets a strange value through", () => {
  fc.assert(
    fc.property(fc.anything(), fc.anything(), fc.anything(), (transport, podCIDRs, addresses) => {
      const parsed = parseNode(nodeObject({ transport, podCIDRs, addresses }));
      assert.ok(parsed);
      for (const { address } of parsed.node.transport) assert.match(address, /^[0-9a-f.:]+$/);
    }),
  );
  assert.equal(parseNode({ metadata: { name: "", uid: "u" } }), undefined);
  assert.equal(parseNode(null), undefined);
});

test("parseNode() believes where a Node says it is reached over its links, and none that is not what it must be", () => {
  const annotate = (links: unknown) => {
    const state = { change: 1, step: "Done", accepts: ["geneve:6081@eth1"], sends: [], links };
    const annotations = { [nodeAnnotations.networkState]: JSON.stringify(state) };
    return parseNode({ metadata: { name: "node-a", uid: "u1", annotations } });
  };
  const right = annotate({ "": ["10.0.5.1/24"], eth1: ["172.29.0.1/16", "fd00::5/64"] });
  assert.deepEqual(right?.problems, []);
  assert.deepEqual(right?.node.links?.get("eth1"), [
    { address: "172.29.0.1", prefixLength: 16 },
    { address: "fd00::5", prefixLength: 64 },
  ]);
  for (const wrong of [[], ["127.0.0.1/8"], ["10.0.0.1"], ["10.0.0.1/24", "10.0.0.2/24"], ["x"]]) {
    const parsed = annotate({ eth1: wrong, eth2: ["10.0.6.1/24"] });
    assert.deepEqual([...(parsed?.node.links?.keys() ?? [])], ["eth2"]);
    assert.match(parsed?.problems.join() ?? "", /over "eth1" are not used/);
  }
});
