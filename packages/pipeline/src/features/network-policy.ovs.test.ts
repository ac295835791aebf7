import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { IpFamily } from "@antrea/net";
import type { Flow } from "@antrea/openflow/flow";
import { portUnreachable, udpFrames } from "../testing/frames.ts";
import { ip } from "../testing/network.ts";
import { peersOf, policyRule } from "../testing/policy.ts";
import {
  type PolicySwitch,
  podNumber,
  policyNode,
  policySwitch,
} from "../testing/policy-switch.ts";
import type { PolicyFlowRule } from "../policy/rule.ts";
import { ruleCounters } from "../policy/rule-counters.ts";
import { familiesOf } from "./families.ts";
import { compilePolicyRule } from "./network-policy.ts";
import { compileIsolation } from "./network-policy-base.ts";

const [a, b, c] = [1, 2, 3].map(podNumber) as [Pod, Pod, Pod];
type Pod = ReturnType<typeof podNumber>;
const gateway = policyNode.gateway;
const families: readonly IpFamily[] = ["ipv4", "ipv6"];

let bridge: PolicySwitch;
before(async () => {
  bridge = await policySwitch();
});
after(() => bridge?.[Symbol.asyncDispose]());

let rules = 0;
const rule = (choice: Partial<PolicyFlowRule>): readonly Flow[] => {
  const id = ++rules;
  return compilePolicyRule(policyRule({ id, owner: `test:${id}`, appliedTo: [b], ...choice }), {
    families: familiesOf(policyNode),
  });
};
const isolated = (direction: "In" | "Out", pod: Pod) => compileIsolation(direction, [pod]);

let sources = 10_000;
/** A source port that no connection of another test has. */
const fresh = () => ++sources;

interface Said {
  readonly from: Pod;
  readonly to: Pod;
  readonly family?: IpFamily;
  readonly proto?: "tcp" | "udp" | "sctp";
  readonly sport?: number;
  readonly dport?: number;
}

function packet({ from, to, family = "ipv4", proto = "tcp", sport = fresh(), dport = 80 }: Said) {
  const [src, dst] = [from, to].map(({ addresses }) => addresses[family === "ipv4" ? 0 : 1]);
  return ipPacket(
    from.mac,
    `${src}`,
    `${dst}`,
    `${proto}(src=${sport},dst=${dport})${proto === "tcp" ? `,tcp_flags(syn)` : ""}`,
    proto,
  );
}

function ipPacket(
  srcMac: string,
  src: string,
  dst: string,
  payload: string,
  proto: "tcp" | "udp" | "sctp",
) {
  const number = { tcp: 6, udp: 17, sctp: 132 }[proto];
  const ip = src.includes(":")
    ? `eth_type(0x86dd),ipv6(src=${src},dst=${dst},label=0,proto=${number},tclass=0,hlimit=64,frag=no)`
    : `eth_type(0x0800),ipv4(src=${src},dst=${dst},proto=${number},tos=0,ttl=64,frag=no)`;
  return `eth(src=${srcMac},dst=${gateway.mac}),${ip},${payload}`;
}

/** Whether a packet arrives at the Pod that it is for, and nowhere else. */
async function arrives(said: Said): Promise<boolean> {
  const left = await bridge.send(said.from.ofPort, packet(said));
  if (left.length === 0) return false;
  assert.deepEqual(left, [said.to.ofPort]);
  return true;
}

test("an ingress rule lets its peers reach its port and isolation drops the others, in both families", async () => {
  const peer = peersOf(...a.addresses);
  const allow = rule({ stage: "kubernetes", peer, services: [{ protocol: "TCP", port: 80 }] });
  await bridge.hold([...allow, ...isolated("In", b)]);
  for (const family of families) {
    assert.equal(await arrives({ from: a, to: b, family }), true);
    assert.equal(await arrives({ from: a, to: b, family, dport: 81 }), false);
    assert.equal(await arrives({ from: a, to: b, family, proto: "udp" }), false);
    assert.equal(await arrives({ from: c, to: b, family }), false);
    assert.equal(await arrives({ from: b, to: c, family }), true, "egress is not judged");
  }
});

test("an egress rule is for the Pod that sends, by its address", async () => {
  const peer = peersOf("10.244.1.0/24 -10.244.1.4/32");
  await bridge.hold([
    ...rule({ direction: "Out", stage: "kubernetes", appliedTo: [a], peer }),
    ...isolated("Out", a),
  ]);
  assert.equal(await arrives({ from: a, to: b }), true);
  assert.equal(await arrives({ from: a, to: c }), false);
  assert.equal(await arrives({ from: b, to: c }), true);
});

test("a connection lives on when a rule would deny it now, and its answers pass an isolated Pod", async () => {
  await bridge.hold(isolated("Out", b));
  const question = { from: a, to: b, proto: "udp", sport: fresh() } as const;
  assert.equal(await arrives(question), true);
  const answer = { from: b, to: a, proto: "udp", sport: 80, dport: question.sport } as const;
  assert.equal(await arrives(answer), true);
  await bridge.hold([...isolated("Out", b), ...rule({ action: "Drop" })]);
  assert.equal(await arrives(question), true);
  assert.equal(await arrives(answer), true);
  assert.equal(await arrives({ from: a, to: b }), false, "a new one does not");
  assert.equal(await arrives({ from: b, to: a }), false, "nor one of the isolated Pod's own");
});

test("nobody can open a connection to an address before a Pod has it: rules would not be asked then", async () => {
  await bridge.hold([]);
  const tomorrow = { ...c, addresses: [ip("10.244.1.99"), ip("fd00:10:244:1::99")] };
  for (const family of families)
    for (const proto of ["tcp", "udp", "sctp"] as const) {
      const left = await bridge.send(a.ofPort, packet({ from: a, to: tomorrow, family, proto }));
      assert.deepEqual(left, []);
    }
  const remembered = await bridge.ovs.appctl("dpctl/dump-conntrack");
  for (const address of tomorrow.addresses) assert.ok(!remembered.includes(`dst=${address}`));
});

test("the rule of the higher priority decides; Pass goes to Kubernetes' own, baseline comes last", async () => {
  const drop = (priority: number, stage: "tiered" | "baseline" = "tiered") =>
    rule({ action: "Drop", stage, priority });
  const tcp80 = [{ protocol: "TCP", port: 80 }] as const;
  const allow = (priority: number) => rule({ priority, services: tcp80 });
  await bridge.hold([...drop(1000), ...allow(2000)]);
  assert.equal(await arrives({ from: a, to: b }), true);
  await bridge.hold([...drop(3000), ...allow(2000)]);
  assert.equal(await arrives({ from: a, to: b }), false);
  const pass = rule({ action: "Pass", priority: 4000, services: tcp80 });
  await bridge.hold([...drop(3000), ...pass]);
  assert.equal(await arrives({ from: a, to: b }), true);
  await bridge.hold([...drop(3000), ...pass, ...isolated("In", b)]);
  assert.equal(await arrives({ from: a, to: b }), false);
  await bridge.hold([...pass, ...drop(130, "baseline")]);
  assert.equal(await arrives({ from: a, to: b }), false);
});

test("SCTP: an allowed port opens no other, and answers pass in its mirror image alone", async () => {
  const services = [{ protocol: "SCTP", port: 80 }] as const;
  await bridge.hold([
    ...rule({ stage: "kubernetes", services }),
    ...isolated("In", b),
    ...isolated("Out", b),
    ...isolated("In", a),
  ]);
  for (const family of families) {
    const sctp = { family, proto: "sctp" } as const;
    const sport = fresh();
    assert.equal(await arrives({ ...sctp, from: b, to: a, sport: 80, dport: sport }), false);
    for (let i = 0; i < 3; i++)
      assert.equal(await arrives({ ...sctp, from: a, to: b, sport }), true);
    assert.equal(await arrives({ ...sctp, from: a, to: b, sport, dport: 81 }), false);
    assert.equal(await arrives({ ...sctp, from: b, to: a, sport: 80, dport: sport }), true);
    assert.equal(await arrives({ ...sctp, from: b, to: a, sport: 81, dport: sport }), false);
    assert.equal(await arrives({ ...sctp, from: b, to: a, sport: 80, dport: sport + 1 }), false);
    assert.equal(await arrives({ ...sctp, from: a, to: b, sport, dport: 81 }), false);
  }
});

test("a datagram larger than the MTU reaches an allowed port whole and a denied port not at all", async () => {
  const udp53 = [{ protocol: "UDP", port: 53 }] as const;
  for (const [i, family] of families.entries()) {
    const ends = {
      srcMac: a.mac,
      dstMac: gateway.mac,
      src: a.addresses[i] as (typeof a.addresses)[0],
      dst: b.addresses[i] as (typeof a.addresses)[0],
    };
    const sent = async (dstPort: number, srcPort = fresh()) =>
      (await bridge.sendAll(a.ofPort, udpFrames(ends, { srcPort, dstPort, bytes: 4000 }))).length;
    const sport = fresh();
    for (const flows of [
      [...rule({ stage: "kubernetes", services: udp53 }), ...isolated("In", b)],
      rule({ action: "Drop", services: [{ protocol: "UDP", port: 54, endPort: 1000 }] }),
      [
        ...rule({ direction: "Out", stage: "kubernetes", appliedTo: [a], services: udp53 }),
        ...isolated("Out", a),
      ],
    ]) {
      await bridge.hold(flows);
      assert.equal(await sent(53), 3, family);
      assert.equal(await sent(53, sport), 3, "again, by one connection");
      assert.equal(await sent(54), 0, family);
    }
  }
});

test("an ICMP error about a live connection passes an isolated Pod, one about none does not", async () => {
  await bridge.hold(isolated("In", a));
  const sport = fresh();
  assert.equal(await arrives({ from: a, to: b, proto: "udp", sport, dport: 53 }), true);
  const ends = {
    srcMac: b.mac,
    dstMac: gateway.mac,
    src: b.addresses[0] as (typeof a.addresses)[0],
    dst: a.addresses[0] as (typeof a.addresses)[0],
  };
  const about = (srcPort: number) => portUnreachable(ends, { srcPort, dstPort: 53 });
  assert.deepEqual(await bridge.send(b.ofPort, about(sport)), [a.ofPort]);
  assert.deepEqual(await bridge.send(b.ofPort, about(fresh())), []);
});

test("the Node reaches its own Pods, whatever is denied; what comes through the Node does not", async () => {
  await bridge.hold([...rule({ action: "Drop" }), ...isolated("In", b)]);
  const probe = (src: string) =>
    bridge.send(
      gateway.ofPort,
      ipPacket(
        gateway.mac,
        src,
        `${b.addresses[0]}`,
        `tcp(src=${fresh()},dst=80),tcp_flags(syn)`,
        "tcp",
      ),
    );
  assert.deepEqual(await probe("10.244.1.1"), [b.ofPort]);
  assert.deepEqual(await probe("192.0.2.7"), []);
  assert.deepEqual(await probe("10.244.2.9"), []);
});

test("a packet to a Service is judged when it comes back with its real destination", async () => {
  await bridge.hold([
    ...rule({
      direction: "Out",
      stage: "kubernetes",
      appliedTo: [a],
      peer: peersOf(...b.addresses),
    }),
    ...isolated("Out", a),
  ]);
  const sport = fresh();
  const payload = `tcp(src=${sport},dst=80),tcp_flags(syn)`;
  const first = ipPacket(a.mac, `${a.addresses[0]}`, "10.96.0.10", payload, "tcp");
  assert.deepEqual(await bridge.send(a.ofPort, first), [gateway.ofPort]);
  const back = (to: Pod) =>
    bridge.send(
      gateway.ofPort,
      ipPacket(gateway.mac, `${a.addresses[0]}`, `${to.addresses[0]}`, payload, "tcp"),
    );
  assert.deepEqual(await back(b), [b.ofPort]);
  assert.deepEqual(await back(c), []);
  const world = ipPacket(a.mac, `${a.addresses[0]}`, "192.0.2.7", payload, "tcp");
  assert.deepEqual(await bridge.send(a.ofPort, world), []);
});

test("a Pod cannot reach the port where a Node's tunnels end, in fragments either", async () => {
  await bridge.hold([]);
  const src = a.addresses[0] as (typeof a.addresses)[0];
  const ends = { srcMac: a.mac, dstMac: gateway.mac, src, dst: "172.30.1.12" as typeof src };
  const sent = async (dstPort: number, bytes: number) =>
    (await bridge.sendAll(a.ofPort, udpFrames(ends, { srcPort: fresh(), dstPort, bytes }))).length;
  assert.equal(await sent(6082, 100), 1);
  assert.equal(await sent(6081, 100), 0);
  assert.equal(await sent(6082, 3000), 3);
  assert.equal(await sent(6081, 3000), 0);
});

test("ruleCounters() counts sessions, packets and bytes of rules that allow and that deny", async () => {
  const tcp80 = [{ protocol: "TCP", port: 80 }] as const;
  await bridge.hold([
    ...rule({ stage: "kubernetes", services: [{ protocol: "UDP", port: 53 }] }),
    ...rule({ action: "Drop", services: tcp80 }),
  ]);
  const [allowed, denied] = [rules - 1, rules];
  const udp = { from: a, to: b, proto: "udp", sport: fresh(), dport: 53 } as const;
  assert.equal(await arrives(udp), true);
  assert.equal(await arrives({ ...udp, from: b, to: a, sport: 53, dport: udp.sport }), true);
  for (let i = 0; i < 3; i++) assert.equal(await arrives({ from: a, to: b }), false);
  await bridge.ovs.appctl("revalidator/purge"); // counters of the datapath come to the flows
  const counters = ruleCounters(
    (await bridge.connection.dumpFlows()).map(({ flow, packets, bytes }) => ({
      flow,
      ...{ packets: Number(packets), bytes: Number(bytes) },
    })),
  );
  assert.deepEqual({ ...counters.get(denied), bytes: 0 }, { sessions: 3, packets: 3, bytes: 0 });
  assert.deepEqual({ ...counters.get(allowed), bytes: 0 }, { sessions: 1, packets: 2, bytes: 0 });
  assert.ok((counters.get(allowed)?.bytes ?? 0) > 80);
});

test("packets of a live connection meet one flow of the datapath, which does not depend on the rules", async () => {
  const liveWith = async (count: number): Promise<readonly string[]> => {
    const peer = peersOf("172.16.0.0/12");
    await bridge.hold(
      Array.from({ length: count }, (_, i) =>
        rule({
          action: "Drop",
          peer,
          priority: 1000 + i,
          services: [{ protocol: "TCP", port: 80 }],
        }),
      ).flat(),
    );
    const said = { from: a, to: b, proto: "udp", sport: fresh() } as const;
    assert.equal(await arrives(said), true);
    assert.equal(await arrives({ ...said, from: b, to: a, sport: 80, dport: said.sport }), true);
    await bridge.ovs.appctl("dpctl/del-flows");
    for (let i = 0; i < 2; i++) assert.equal(await arrives(said), true);
    const text = await bridge.ovs.appctl("dpctl/dump-flows");
    return [...text.matchAll(/ct_state\(-new\+est.*(?=, packets)/g)].map(([flow]) =>
      flow.replace(/recirc_id\(\w+\)/, ""),
    );
  };
  const alone = await liveWith(0);
  assert.equal(alone.length, 1, alone.join("\n"));
  assert.deepEqual(await liveWith(200), alone);
});

test("the switch reports every flow of a policy as it was sent: a restart changes nothing", async () => {
  const services = [
    { protocol: "TCP", port: 80, endPort: 1000, srcPort: 1000 },
    { protocol: "UDP", port: 53 },
    { protocol: "SCTP", port: 80 },
    { protocol: "ICMP", icmpType: 0, icmpCode: 0 },
    { protocol: "IGMP" },
  ] as const;
  const peer = peersOf("10.0.0.0/8 -10.1.0.0/16", "fd00::/8", "192.0.2.1");
  const flows = (["Allow", "Drop", "Reject", "Pass"] as const).flatMap((action, i) =>
    (["In", "Out"] as const).flatMap((direction) =>
      rule({ action, direction, peer, services, priority: 2000 + i }),
    ),
  );
  const all = [...flows, ...isolated("In", b), ...isolated("Out", b)];
  await bridge.hold(all);
  const { add, modify, remove } = await bridge.changesTo(all);
  assert.deepEqual([add.length, modify, remove], [0, [], []]);
});
