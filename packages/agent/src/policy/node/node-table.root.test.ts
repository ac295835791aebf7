import assert from "node:assert/strict";
import { test } from "node:test";
import { type TestNamespace, testPair } from "@antrea/linux/testing";
import type { IpAddress } from "@antrea/net";
import { block } from "../../testing/policies.ts";
import { ask, connectedTo, listener } from "../testing/conversation.ts";
import { hostIn } from "../testing/host-in.ts";
import { anybody, lifelines, nodeRule } from "../testing/node-rules.ts";
import { nodeGuard } from "./node-guard.ts";
import type { NodeRule } from "./node-rule.ts";

/** A Node (`a`) with a guard, and somebody on its link (`b`). */
async function world() {
  const pair = testPair();
  // as on a Node, where addresses are translated: connections are tracked before there is a policy
  const chain = "chain out { type nat hook postrouting priority 100; oifname none masquerade; }";
  pair.a.run("nft", `table inet nat { ${chain}; }`);
  const writer = await hostIn(pair.a);
  const speakers = [await listener(pair.a, [80, 81]), await listener(pair.b, [80, 81])];
  const guard = nodeGuard(writer, () => lifelines);
  return {
    ...pair,
    writer,
    /** All rules, and no others. */
    hold: (...rules: readonly NodeRule[]) => guard.realize("p", rules),
    [Symbol.dispose]() {
      for (const one of speakers) one[Symbol.dispose]();
      pair[Symbol.dispose]();
    },
  };
}

type Ips = readonly [string, string];
const nodeIps: Ips = ["192.0.2.1", "2001:db8::1"];
const otherIps: Ips = ["192.0.2.2", "2001:db8::2"];
const other: NodeRule["peer"] = {
  addresses: [...otherIps] as unknown as IpAddress[],
  ipBlocks: [],
};
const tcp80: NodeRule["services"] = [{ protocol: "TCP", port: 80 }];

async function asked(ns: TestNamespace, protocol: "tcp" | "udp", port: number, ips = nodeIps) {
  const answers = await Promise.all(ips.map((ip) => ask(ns, protocol, ip, port)));
  return [...new Set(answers)].join();
}

const listed = (ns: TestNamespace): string => ns.run("nft", "list", "ruleset");

test("compileNodeTable() drops what comes to a port, and nothing else, in both families", async () => {
  using at = await world();
  await at.hold(nodeRule({ services: tcp80 }));
  assert.equal(await asked(at.b, "tcp", 80), "silence");
  assert.equal(await asked(at.b, "tcp", 81), "answered");
  assert.equal(await asked(at.b, "udp", 80), "answered");
  assert.equal(await asked(at.a, "tcp", 80), "answered", "the Node to itself");
  assert.equal(await asked(at.a, "tcp", 80, otherIps), "answered", "what the Node begins");
  await at.hold();
  assert.doesNotMatch(listed(at.a), /antrea/);
  assert.equal(await asked(at.b, "tcp", 80), "answered");
});

test("compileNodeTable() rejects by reset, and what is not TCP by ICMP, in both directions", async () => {
  using at = await world();
  await at.hold(nodeRule({ action: "Reject" }));
  assert.equal(await asked(at.b, "tcp", 80), "ECONNREFUSED");
  assert.equal(await asked(at.b, "udp", 80), "EHOSTUNREACH,EACCES");
  assert.equal(await asked(at.a, "udp", 80, otherIps), "answered");
  await at.hold(nodeRule({ action: "Reject", direction: "Out" }));
  assert.equal(await asked(at.b, "tcp", 80), "answered");
  assert.equal(await asked(at.a, "tcp", 80, otherIps), "ECONNREFUSED");
  assert.equal(await asked(at.a, "udp", 80, otherIps), "EHOSTUNREACH,EACCES");
});

test("compileNodeTable() lets connections live that were there before", async () => {
  using at = await world();
  for (const ip of nodeIps) {
    using connection = await connectedTo(at.b, ip, 80);
    await at.hold(nodeRule({ services: tcp80 }));
    connection.say("still here");
    assert.equal(await connection.hear(), "still here");
    await at.hold();
  }
});

test("compileNodeTable() asks the first rule that matches; Pass goes on with the baseline", async () => {
  using at = await world();
  const order = (tierPriority: number, rule: number) => ({ tierPriority, priority: 1, rule });
  const allow = nodeRule({
    id: "a",
    action: "Allow",
    peer: other,
    services: tcp80,
    order: order(50, 0),
  });
  const drop = nodeRule({ id: "b", order: order(250, 1) });
  await at.hold(drop, allow);
  assert.equal(await asked(at.b, "tcp", 80), "answered");
  assert.equal(await asked(at.b, "tcp", 81), "silence");
  const base = nodeRule({
    id: "c",
    services: [{ protocol: "UDP", port: 81 }],
    order: order(253, 0),
  });
  await at.hold({ ...allow, action: "Pass", services: "all" }, drop, base);
  assert.equal(await asked(at.b, "tcp", 80), "answered");
  assert.equal(await asked(at.b, "udp", 81), "silence");
});

test("compileNodeTable() keeps neighbours and agents where all is dropped", async () => {
  using at = await world();
  const all = [nodeRule(), nodeRule({ id: "o", direction: "Out" })];
  await at.hold(...all);
  using _ = await listener(at.a, [10350]);
  for (const ns of [at.a, at.b]) ns.run("ip", "neigh", "flush", "all");
  assert.equal(await asked(at.b, "tcp", 10350), "answered");
  assert.equal(await asked(at.b, "tcp", 80), "silence");
  assert.equal(await asked(at.a, "tcp", 80, otherIps), "silence");
});

test("compileNodeTable() keeps the way to the API server, also where kube-proxy puts an endpoint in its place", async () => {
  using at = await world();
  const rule = "ip daddr 10.96.0.1 tcp dport 443 dnat to 192.0.2.2:80";
  const chain = `chain out { type nat hook output priority -100; ${rule}; }`;
  at.a.run("nft", `table ip services { ${chain}; }`);
  at.a.run("ip", "route", "add", "10.96.0.1", "via", otherIps[0]);
  await at.hold(nodeRule(), nodeRule({ id: "o", direction: "Out" }));
  assert.equal(await ask(at.a, "tcp", "10.96.0.1", 443), "answered");
  assert.equal(await asked(at.a, "tcp", 80, otherIps), "silence");
  const apiServer = { address: otherIps[1] as IpAddress, port: 81 };
  await nodeGuard(at.writer, () => ({ ...lifelines, apiServer })).realize("p", [
    nodeRule({ direction: "Out" }),
  ]);
  assert.equal(await ask(at.a, "tcp", otherIps[1], 81), "answered");
  assert.equal(await ask(at.a, "tcp", "10.96.0.1", 443), "silence");
});

test("nodeGuard() changes one element where one network changes, and puts back what others change", async () => {
  using at = await world();
  const of = (...cidrs: string[]): NodeRule =>
    nodeRule({
      services: tcp80,
      peer: { addresses: [], ipBlocks: cidrs.map((one) => block(one)) },
    });
  await at.hold(of("203.0.113.0/24", "192.0.2.0/24"));
  assert.equal(await ask(at.b, "tcp", nodeIps[0], 80), "silence");
  const dropped = () => Number(/counter packets (\d+).*drop/.exec(listed(at.a))?.[1]);
  assert.ok(dropped() > 0);
  await at.hold(of("203.0.113.0/24", "198.51.100.0/24", "::ffff:1.2.3.0/120"));
  assert.match(listed(at.a), /elements = \{ 198\.51\.100\.0\/24, 203\.0\.113\.0\/24 \}/);
  await at.hold(of("192.0.2.0/24", "::ffff:1.2.3.0/120"));
  const before = dropped();
  await at.hold(of("192.0.2.0/25", "::ffff:1.2.3.0/120"));
  assert.equal(dropped(), before, "the rule with its counter is the same");
  assert.equal(await ask(at.b, "tcp", nodeIps[0], 80), "silence");
  const change = () => at.writer.resync();
  assert.deepEqual((await change())?.nftTables, { add: [], modify: [], remove: [] });
  at.a.run("nft", "flush", "chain", "inet", "antrea-node-policy", "ingress-tiers");
  assert.equal(await ask(at.b, "tcp", nodeIps[0], 80), "answered");
  assert.equal((await change())?.nftTables.modify.length, 1);
  assert.equal(await ask(at.b, "tcp", nodeIps[0], 80), "silence");
});

test("nodeGuard() has every kind of element and service in the kernel, and finds nothing to change", async () => {
  using at = await world();
  const services: NodeRule["services"] = [
    { protocol: "UDP", port: 53, srcPort: 1, srcEndPort: 9 },
    { protocol: "SCTP", port: 7, endPort: 9 },
    { protocol: "ICMP" },
    { protocol: "ICMP", icmpType: 8, icmpCode: 0 },
    { protocol: "ICMP", icmpCode: 1 },
    { protocol: "IGMP", igmpType: 0x16, groupAddress: "224.0.0.22" as IpAddress },
    { protocol: "IGMP" },
  ];
  const peer = {
    addresses: ["10.0.0.1"] as IpAddress[],
    ipBlocks: [
      block("0.0.0.0/0", "10.0.0.0/31", "8.0.0.0/5"),
      block("::/1", "::/128"),
      block("fd00::/8"),
    ],
  };
  const mapped = { addresses: ["::ffff:102:304", "::102:304"] as IpAddress[], ipBlocks: [] };
  await at.hold(
    nodeRule({ id: "a", services, peer, action: "Reject" }),
    nodeRule({ id: "b", services: "all", peer: mapped, direction: "Out", action: "Pass" }),
    nodeRule({ id: "c", services, peer: anybody, action: "Allow" }),
  );
  assert.deepEqual((await at.writer.resync())?.nftTables, { add: [], modify: [], remove: [] });
});
