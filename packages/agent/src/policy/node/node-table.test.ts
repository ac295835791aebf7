import assert from "node:assert/strict";
import { test } from "node:test";
import { expectGolden } from "@antrea/base/testing";
import { type NftTable, renderTable } from "@antrea/linux";
import type { IpAddress } from "@antrea/net";
import { block } from "../../testing/policies.ts";
import { anybody, lifelines, nodeRule } from "../testing/node-rules.ts";
import type { NodeRule } from "./node-rule.ts";
import { compileNodeTable } from "./node-table.ts";

const tableOf = (...rules: readonly NodeRule[]): NftTable =>
  compileNodeTable(rules, lifelines) ?? assert.fail("there are rules");

function rulesOf(table: NftTable, name: string): readonly string[] {
  const chain = table.chains.find((one) => one.name === name);
  return (chain?.rules ?? []).map(({ comment }) => comment);
}

test("compileNodeTable() makes chains of tiers and baseline, with a set for the peers of a rule", () => {
  const golden = new URL("../../../testdata/node-policy.nft", import.meta.url);
  const peers = { addresses: ["10.244.2.9", "fd00::9"] as IpAddress[], ipBlocks: [] };
  const table = tableOf(
    nodeRule({ title: "ssh ingress 0", services: [{ protocol: "TCP", port: 22 }], peer: peers }),
    nodeRule({ id: "b/In/0/0", title: "base", order: { tierPriority: 253, priority: 1, rule: 0 } }),
    nodeRule({
      ...{ id: "w/Out/0/0", title: "world egress 0", direction: "Out", action: "Reject" },
      peer: { addresses: [], ipBlocks: [block("192.0.2.0/24", "192.0.2.128/25")] },
    }),
  );
  expectGolden(golden, `${renderTable(table)}\n`);
});

test("compileNodeTable() asks rules by tier, policy and place", () => {
  const at = (title: string, tierPriority: number, priority: number, rule: number) =>
    nodeRule({ id: title, title, peer: only4, order: { tierPriority, priority, rule } });
  const table = tableOf(
    at("d", 250, 5, 1),
    at("c", 250, 5, 0),
    at("b", 250, 1.5, 9),
    at("a", 50, 9, 9),
  );
  assert.deepEqual(rulesOf(table, "ingress-tiers"), ["a", "b", "c", "d"]);
});
const only4 = { addresses: [], ipBlocks: [block("0.0.0.0/0")] };

test("compileNodeTable() has no table where there is no rule, and no hook where none is of its direction", () => {
  assert.equal(compileNodeTable([], lifelines), undefined);
  assert.deepEqual(
    tableOf(nodeRule()).chains.map(({ name }) => name),
    ["ingress", "ingress-tiers"],
  );
});

test("compileNodeTable() writes nothing of what names in manifests say", () => {
  const table = tableOf(nodeRule({ title: 'p"; flush ruleset\n#', peer: anybody }));
  assert.match(renderTable(table), /comment "p__ flush ruleset__ #[0-9a-f]{8}"/);
});

test("compileNodeTable() has texts for all services", () => {
  const services: NodeRule["services"] = [
    { protocol: "TCP" },
    { protocol: "UDP", port: 53, srcPort: 1, srcEndPort: 9 },
    { protocol: "SCTP", port: 7, endPort: 9 },
    { protocol: "ICMP" },
    { protocol: "ICMP", icmpType: 8, icmpCode: 0 },
    { protocol: "IGMP", igmpType: 0x16, groupAddress: "224.0.0.22" as IpAddress },
  ];
  const texts = tableOf(nodeRule({ services }))
    .chains.find(({ name }) => name === "ingress-tiers")
    ?.rules.map(({ match }) => match.map((one) => ("text" in one ? one.text : "")).join(" "));
  assert.deepEqual(texts, [
    "meta nfproto ipv4 meta l4proto tcp",
    "meta nfproto ipv4 udp dport 53 udp sport 1-9",
    "meta nfproto ipv4 sctp dport 7-9",
    "meta nfproto ipv4 meta l4proto icmp",
    "meta nfproto ipv4 icmp type 8 icmp code 0",
    "meta nfproto ipv4 igmp type 22 ip daddr 224.0.0.22",
    "meta nfproto ipv6 meta l4proto tcp",
    "meta nfproto ipv6 udp dport 53 udp sport 1-9",
    "meta nfproto ipv6 sctp dport 7-9",
    "meta nfproto ipv6 meta l4proto icmpv6",
    "meta nfproto ipv6 icmpv6 type 8 icmpv6 code 0",
  ]);
});
