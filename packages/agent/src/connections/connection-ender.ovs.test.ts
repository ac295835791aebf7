import assert from "node:assert/strict";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { after, afterEach, before, test } from "node:test";
import { setImmediate as pause } from "node:timers/promises";
import { exponentialBackOff, silentLogger } from "@antrea/base";
import { systemClock as clock } from "@antrea/base/io";
import { familyOf } from "@antrea/net";
import * as of from "@antrea/openflow/flow";
import { type Unixctl, unixctl } from "@antrea/ovsdb/io";
import { cookieOf, ctZones, endedOwner, tables } from "@antrea/pipeline";
import { podNumber, policyNode, type PolicySwitch, policySwitch } from "@antrea/pipeline/testing";
import type { NetworkPolicy } from "@antrea/policy";
import { datapathSettled } from "../bridge/datapath-settled.ts";
import { flowNews } from "../bridge/flow-news.ts";
import { flowRealizer } from "../bridge/flow-realizer.ts";
import { openSwitch } from "../bridge/io/open-switch.ts";
import type { SwitchConnection } from "../bridge/switch-link.ts";
import { type PolicyRoom, policyRoom } from "../policy/policy-room.ts";
import { isolation, member, policy, rule } from "../testing/policies.ts";
import { type ConnectionEnder, connectionEnder } from "./connection-ender.ts";
import { zoneDump } from "./datapath.ts";
import { quietRoom } from "../policy/testing/quiet-room.ts";

type Pod = ReturnType<typeof podNumber>;
const [a, b, c] = [1, 2, 3].map(podNumber) as [Pod, Pod, Pod];
const backOff = exponentialBackOff({ firstMs: 5, maxMs: 20, random: () => 0 });
const signal = AbortSignal.timeout(120_000);

let bridge: PolicySwitch;
let session: SwitchConnection;
let control: Unixctl;
let room: PolicyRoom;
let ender: ConnectionEnder;
before(async () => {
  bridge = await policySwitch();
  await bridge.hold([]);
  session = await openSwitch({
    ...{ news: flowNews(), path: bridge.ovs.mgmtSocket("br-int") },
    ...{ log: silentLogger, clock, signal },
  });
  control = unixctl(join(bridge.ovs.runDir, "vswitchd.ctl"));
  room = policyRoom({
    flows: flowRealizer(session),
    ...quietRoom(clock),
    node: () => ({ families: ["ipv4", "ipv6"] }),
  });
  for (const [i, { ofPort, addresses }] of [a, b, c].entries())
    room.state.putPod({
      ...{ hostName: `veth-${i}`, namespace: "shop", name: "abc"[i] as string, ofPort, addresses },
    });
  room.state.appliedToGroups.put({ name: "targets", members: [member("b")] });
  room.state.addressGroups.put({ name: "peers", members: [member("a", a.addresses)] });
  const connection = async () => session;
  ender = connectionEnder({
    dumpZone: zoneDump(control, "dummy"),
    session: { connection },
    families: () => ["ipv4", "ipv6"],
    rules: room,
    network: () => policyNode,
    settleDatapath: datapathSettled(
      { control, session: { connection }, backOff, clock, log: silentLogger },
      signal,
    ),
    pause,
  });
});
after(async () => {
  session?.close();
  await bridge?.[Symbol.asyncDispose]();
});
afterEach(async () => {
  await hold();
  await forgetAll();
});
async function forgetAll(): Promise<void> {
  await bridge.ovs.appctl("dpctl/flush-conntrack");
  await bridge.ovs.ofctl("del-flows", "br-int", `cookie=0x${endedCookie}/-1`);
  await bridge.ovs.ofctl("del-flows", "br-int", `table=${tables.SctpReplies.id}`);
}
const endedCookie = cookieOf("NetworkPolicy", endedOwner).toString(16);

async function hold(...policies: readonly NetworkPolicy[]): Promise<void> {
  room.state.networkPolicies.replace(policies);
  await room.settle();
}

type Proto = "udp" | "tcp" | "sctp" | "icmp";
interface Said {
  readonly proto?: Proto;
  readonly family?: 0 | 1;
  readonly sport?: number;
  readonly dport?: number;
}
const numbers = { udp: 17, tcp: 6, sctp: 132, icmp: 1 } as const;

function packet(from: Pod, to: Pod, said: Said): string {
  const { proto = "udp", family = 0, sport = 1000, dport = 80 } = said;
  const ends = `src=${from.addresses[family]},dst=${to.addresses[family]}`;
  const ip =
    family === 1
      ? `eth_type(0x86dd),ipv6(${ends},label=0,proto=${numbers[proto]},tclass=0,hlimit=64,frag=no)`
      : `eth_type(0x0800),ipv4(${ends},proto=${numbers[proto]},tos=0,ttl=64,frag=no)`;
  const l4 =
    proto === "icmp" ? `icmp(type=${sport},code=0)` : `${proto}(src=${sport},dst=${dport})`;
  const eth = `eth(src=${from.mac},dst=${policyNode.gateway.mac})`;
  return `${eth},${ip},${l4}${proto === "tcp" ? ",tcp_flags(ack)" : ""}`;
}

const arrives = async (from: Pod, to: Pod, said: Said = {}): Promise<boolean> =>
  (await bridge.send(from.ofPort, packet(from, to, said))).includes(to.ofPort);
const answers = (from: Pod, to: Pod, { sport = 1000, dport = 80, ...said }: Said = {}) =>
  arrives(from, to, { ...said, sport: dport, dport: sport });
async function talk(from: Pod, to: Pod, said: Said = {}): Promise<void> {
  assert.ok(await arrives(from, to, said));
  assert.ok(await answers(to, from, said));
}

const deny = policy({ rules: [rule()] });
const end = (choice: Parameters<ConnectionEnder["end"]>[0] = {}) => ender.end(choice, { signal });
const countOf = async (choice = {}): Promise<readonly number[]> =>
  (await end(choice)).forbidden.map(({ connections }) => connections);

for (const proto of ["udp", "tcp"] as const)
  test(`connectionEnder() ends ${proto} connections that a new deny forbids, and no others`, async () => {
    for (const family of [0, 1] as const) {
      const said = { proto, family };
      const other = { ...said, sport: 2000 };
      await talk(a, b, said);
      await talk(a, c, said);
      await talk(b, a, other);
      await hold(deny);
      assert.ok(await arrives(a, b, said), "it lives");
      assert.deepEqual(await countOf({ isDryRun: true }), [1]);
      assert.ok(await arrives(a, b, said), "it still lives");
      assert.deepEqual(await countOf(), [1]);
      assert.equal(await answers(b, a, said), false, "nor does its other side bring it back");
      assert.equal(await arrives(a, b, said), false);
      for (const [from, to, which] of [
        [a, c, said],
        [b, a, other],
      ] as const) {
        assert.ok(await arrives(from, to, which));
        assert.ok(await answers(to, from, which));
      }
      assert.deepEqual(await countOf(), []);
      await hold();
      await talk(a, b, said);
      await forgetAll();
    }
  });

test("connectionEnder() ends echo, and SCTP by what is noted of its answers", async () => {
  assert.ok(await arrives(a, b, { proto: "icmp", sport: 8 }));
  assert.ok(await arrives(a, b, { proto: "sctp" }));
  assert.ok(await arrives(a, b, { proto: "sctp", sport: 1001 }));
  await hold(policy({ rules: [rule({ services: [{ protocol: "ICMP", icmpType: 8 }] })] }));
  assert.deepEqual(await countOf(), [1]);
  assert.equal(await arrives(b, a, { proto: "icmp", sport: 0 }), false);
  await hold(
    policy({ rules: [rule({ services: [{ protocol: "SCTP", port: 80, srcPort: 1000 }] })] }),
  );
  assert.ok(await answers(b, a, { proto: "sctp" }));
  assert.deepEqual(await countOf(), [1]);
  assert.equal(await answers(b, a, { proto: "sctp" }), false);
  assert.ok(await answers(b, a, { proto: "sctp", sport: 1001 }));
  await hold();
  assert.ok(await arrives(a, b, { proto: "sctp" }));
  assert.ok(await answers(b, a, { proto: "sctp" }), "begun anew");
});

test("connectionEnder() tells both ends where the rule rejects", async () => {
  await talk(a, b, { proto: "tcp" });
  await hold(policy({ rules: [rule({ action: "Reject" })] }));
  const asked: string[] = [];
  session.onPacketIn((one) => asked.push(one.packet.subarray(26, 30).join(".")));
  assert.deepEqual(await countOf(), [1]);
  await arrives(a, b, { proto: "tcp" });
  await answers(b, a, { proto: "tcp" });
  await session.countFlows({ signal });
  assert.deepEqual(asked, [a.addresses[0], b.addresses[0]]);
});

test("connectionEnder() ends what is chosen, by Pod and by policy", async () => {
  for (const to of [b, c]) await talk(a, to);
  const isolated = isolation({ uid: "k" });
  await hold(deny, isolated, policy({ uid: "none", rules: [rule({ services: [] })], priority: 9 }));
  assert.deepEqual(await countOf({ policies: new Set(["k"]) }), [], "the other decides");
  assert.deepEqual(await countOf({ addresses: new Set(c.addresses) }), []);
  assert.deepEqual(await countOf({ addresses: new Set(a.addresses) }), [1]);
  await hold();
  await talk(a, b, { sport: 7 });
  await hold(isolated);
  const [found] = (await end({ policies: new Set(["k"]) })).forbidden;
  assert.equal(found?.policy.uid, "k");
  assert.equal(found?.rule, undefined);
});

test("a Pod's guards go with it", async () => {
  await talk(a, b);
  await hold(deny);
  await end();
  await hold();
  assert.equal(await answers(b, a), false);
  await session.forgetConnections(a.addresses, { signal });
  assert.ok(await answers(b, a));
});

test("connectionEnder() looks at 100,000 connections without holding up the agent", async (t) => {
  for (let n = 0; n < 100_000; n++) {
    commit(n);
    if (n % 500 === 0) await session.countFlows({ signal });
  }
  await talk(a, b);
  await hold(deny);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const startedMs = performance.now();
  const { lookedAt, forbidden } = await end();
  const tookMs = performance.now() - startedMs;
  delay.disable();
  assert.ok(lookedAt > 100_000);
  assert.deepEqual(
    forbidden.map(({ connections }) => connections),
    [1],
  );
  const longestMs = delay.max / 1e6;
  t.diagnostic(`${lookedAt}: ${tookMs.toFixed(0)} ms, the longest turn ${longestMs.toFixed(0)} ms`);
});

/** Has the switch remember a connection from outside to c, without sending anything. */
function commit(n: number): void {
  const [to] = c.addresses;
  const frame = Buffer.alloc(14 + 20 + 8);
  frame.writeUInt16BE(0x0800, 12);
  frame[14] = 0x45;
  frame.writeUInt16BE(28, 16);
  frame.set([64, 17], 22);
  frame.set([192, 0, 2, (n >> 15) + 1], 26);
  frame.set((to as string).split(".").map(Number), 30);
  let sum = 0;
  for (let at = 14; at < 34; at += 2) sum += frame.readUInt16BE(at);
  sum = (sum & 0xffff) + (sum >> 16);
  frame.writeUInt16BE(~((sum & 0xffff) + (sum >> 16)) & 0xffff, 24);
  frame.writeUInt16BE((n & 0x7fff) + 1, 34);
  frame.writeUInt16BE(80, 36);
  frame.writeUInt16BE(8, 38);
  const zone = ctZones[familyOf(to as never)];
  session.packetOut({
    metadata: of.matchOf(of.inPort(a.ofPort)),
    actions: [of.ct({ commit: true, zone, exec: [of.setField("ct_mark", 1n)] })],
    packet: frame,
  });
}
