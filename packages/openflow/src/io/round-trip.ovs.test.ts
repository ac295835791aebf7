import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import * as of from "../flow/index.ts";
import { allFields } from "../match/fields.ts";
import { arbitraryFlow } from "../testing/arbitrary.ts";
import { switchForFile } from "../testing/switch-for-file.ts";

const { ovs, connection } = switchForFile();

async function observed(): Promise<readonly of.Flow[]> {
  return (await connection().dumpFlows()).map((stats) => stats.flow);
}

/** Sends the flows, and says what the switch gives back otherwise. */
async function roundTrip(desired: readonly of.Flow[]): Promise<void> {
  await connection().apply({ flows: of.diffFlows(await observed(), desired) });
  const change = of.diffFlows(await observed(), desired);
  assert.deepEqual(
    change.modify.map(({ before: is, value }) => [of.formatFlow(is), of.formatFlow(value)]),
    [],
  );
  assert.deepEqual(
    change.add.map(({ value }) => of.formatFlow(value)),
    [],
  );
  assert.deepEqual(
    change.remove.map(({ before: is }) => of.formatFlow(is)),
    [],
  );
}

test("a set_field of every writable field comes back equal, whole and masked", async () => {
  const packets = {
    "": /^(?!.*)/,
    ip: /^(ip_|nw_|ct_)/,
    ipv6: /^ipv6_/,
    arp: /^arp_/,
    tcp: /^tcp_/,
    udp: /^udp_/,
    sctp: /^sctp_/,
    icmp: /^icmp_/,
    icmp6: /^icmpv6_/,
    "icmp6,icmp_type=135,icmp_code=0": /^nd_(target|sll|reserved|options_type)/,
    "icmp6,icmp_type=136,icmp_code=0": /^nd_tll/,
    mpls: /^mpls_/,
    "dl_vlan=5": /^vlan_/,
  };
  const unset = new Set(["in_port_oxm", "nw_tos", "vlan_tci", "tun_gbp_flags"]);
  const flows: of.Flow[] = [];
  for (const field of allFields()) {
    if (!field.writable || unset.has(field.name)) continue;
    const match = Object.entries(packets).find(([, names]) => names.test(field.name))?.[0] ?? "";
    const tag = field.name === "vlan_vid" ? 0x1000n : 0n;
    // Open vSwitch keeps the ARP operation in eight bits.
    const value = field.name === "arp_op" ? 2n : (field.exact / 3n) | tag;
    const base = of.parseFlow(`table=30,${match} actions=drop`);
    const add = (action: of.Action) =>
      flows.push({ ...base, priority: flows.length + 1, actions: [action] });
    const inPlace = (action: of.Action) =>
      add(field.name.startsWith("ct_") ? of.ct({ commit: true, exec: [action] }) : action);
    inPlace(of.setField(field.name, field.name === "in_port" ? 1n : value));
    if (field.maskable && field.bits > 1) inPlace(of.setField(field.name, value, 5n | tag));
  }
  assert.ok(flows.length > 80, `${flows.length} flows`);
  await roundTrip(flows);
});

test("a match on every register, whole and masked, comes back equal", async () => {
  const flows = Array.from({ length: 16 }, (_, i) => i as of.RegIndex).flatMap((i) => [
    of.flow({ table: 31, match: [of.reg(i, 0)] }),
    of.flow({ table: 31, match: [of.reg(i, 0x500, 0xf00)] }),
  ]);
  const wide = ([0, 1, 2, 3] as const).flatMap((i) => [
    of.flow({ table: 32, match: [of.xxreg(i, 0x1234_5678_9abc_def0_1122_3344_5566_7788n)] }),
    of.flow({ table: 33, match: [of.xxreg(i, 1n << 64n, 0xffn << 60n)] }),
    of.flow({ table: 34, match: [of.xreg(i, 7n, 0xffn)] }),
  ]);
  await roundTrip([...flows, ...wide]);
});

test("generated flows come back equal, and ovs-ofctl prints them as formatFlow() does", async (t) => {
  const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
  t.diagnostic(`SEED=${seed}`);
  const sampled = fc.sample(arbitraryFlow, { numRuns: 2000, seed });
  const flows = [...new Map(sampled.map((one) => [of.flowKey(one), one])).values()].map((one) => ({
    ...one,
    idleTimeoutS: 0, // a short one would be over before the dump
    hardTimeoutS: 0,
  }));
  await roundTrip(flows);
  const printed = await ovs().ofctl("--no-stats", "dump-flows", `unix:${ovs().mgmtSocket("br0")}`);
  const lines = printed
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  assert.deepEqual(lines.sort(), flows.map((one) => of.formatFlow(one)).sort());
  for (const line of lines) assert.equal(of.formatFlow(of.parseFlow(line)), line);
  await connection().apply({ flows: of.diffFlows(flows, []) });
});

test("ofproto/trace walks flows as they were meant", async () => {
  const flows = of.parseFlows(`
    table=0,priority=200,ip,nw_dst=10.0.1.0/24 actions=set_field:0x2->reg1,set_field:0x200/0x200->reg0,goto_table:1
    table=0,priority=190,ip actions=drop
    table=1,priority=200,reg0=0x200/0x200,ip actions=dec_ttl,output:NXM_NX_REG1[]
  `);
  await roundTrip(flows);
  const to = (address: string) =>
    ovs().appctl("ofproto/trace", "br0", `in_port=1,ip,nw_dst=${address},nw_ttl=64`);
  assert.match(await to("10.0.1.7"), /Final flow: .*nw_ttl=63.*Datapath actions: .*2$/ms);
  assert.match(await to("10.0.2.7"), /Datapath actions: drop/);
});
