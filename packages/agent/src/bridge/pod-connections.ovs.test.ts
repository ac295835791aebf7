import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { silentLogger } from "@antrea/base";
import { systemClock as clock } from "@antrea/base/io";
import { type Unixctl, unixctl } from "@antrea/ovsdb/io";
import { compileIsolation, compilePolicyRule, type PolicyPod } from "@antrea/pipeline";
import {
  peersOf,
  podNumber,
  policyNode,
  policyRule,
  type PolicySwitch,
  policySwitch,
} from "@antrea/pipeline/testing";
import { flowNews } from "./flow-news.ts";
import { openSwitch } from "./io/open-switch.ts";
import type { PodConnections } from "./pod-connections.ts";
import type { SwitchConnection } from "./switch-link.ts";

type Pod = ReturnType<typeof podNumber>;
const [a, b, c] = [1, 2, 3].map(podNumber) as [Pod, Pod, Pod];
const signal = AbortSignal.timeout(60_000);

let bridge: PolicySwitch;
let session: SwitchConnection;
let control: Unixctl;
let connections: PodConnections;
before(async () => {
  bridge = await policySwitch();
  session = await openSwitch({
    news: flowNews(),
    path: bridge.ovs.mgmtSocket("br-int"),
    log: silentLogger,
    clock,
    signal,
  });
  control = unixctl(join(bridge.ovs.runDir, "vswitchd.ctl"));
  connections = { forget: session.forgetConnections };
});
after(async () => {
  session?.close();
  await bridge?.[Symbol.asyncDispose]();
});

const protocols = { udp: 17, sctp: 132 } as const;
interface Said {
  readonly proto?: keyof typeof protocols;
  readonly family?: 0 | 1;
  readonly sport?: number;
  readonly dport?: number;
}

function packet(from: Pod, to: Pod, said: Said): string {
  const { proto = "udp", family = 0, sport = 1000, dport = 80 } = said;
  const ends = `src=${from.addresses[family]},dst=${to.addresses[family]}`;
  const ip =
    family === 1
      ? `eth_type(0x86dd),ipv6(${ends},label=0,proto=${protocols[proto]},tclass=0,hlimit=64,frag=no)`
      : `eth_type(0x0800),ipv4(${ends},proto=${protocols[proto]},tos=0,ttl=64,frag=no)`;
  return `eth(src=${from.mac},dst=${policyNode.gateway.mac}),${ip},${proto}(src=${sport},dst=${dport})`;
}

async function arrives(from: Pod, to: Pod, said: Said = {}): Promise<boolean> {
  return (await bridge.send(from.ofPort, packet(from, to, said))).includes(to.ofPort);
}

const closed = (pod: PolicyPod) => [
  ...compileIsolation("In", [pod]),
  ...compileIsolation("Out", [pod]),
];
const remembered = async (): Promise<readonly string[]> =>
  (await bridge.ovs.appctl("dpctl/dump-conntrack")).split("\n").filter((line) => line !== "");

/** How many are remembered once all packets have been taken in: the switch takes some in between two of its answers. */
async function countAtRest(): Promise<number> {
  for (let count = -1; ; ) {
    const before = count;
    count = (await remembered()).length;
    if (count === before) return count;
  }
}

test("forgetting() has rules asked anew for an address, as who began and as who answers", async () => {
  const pairs = [
    [a, b],
    [b, c],
    [a, c],
  ] as const;
  for (const family of [0, 1] as const) {
    await bridge.hold([]);
    for (const [from, to] of pairs) {
      assert.ok(await arrives(from, to, { family }));
      assert.ok(await arrives(to, from, { family, sport: 80, dport: 1000 }));
    }
    await bridge.hold([...closed(b), ...closed(c)]);
    assert.ok(await arrives(a, b, { family }), "it is live");
    await connections.forget(b.addresses, { signal });
    assert.equal(await arrives(a, b, { family }), false);
    assert.equal(await arrives(b, c, { family }), false);
    assert.ok(await arrives(a, c, { family }), "others stay");
  }
  assert.deepEqual(
    (await remembered()).filter((line) => b.addresses.some((one) => line.includes(`=${one},`))),
    [],
  );
});

test("forgetting() forgets what answers over SCTP would look like", async () => {
  const allow = compilePolicyRule(
    policyRule({ id: 1, owner: "test:1", appliedTo: [b], peer: peersOf(...a.addresses) }),
    { families: ["ipv4"] },
  );
  await bridge.hold([...allow, ...closed(b)]);
  assert.ok(await arrives(a, b, { proto: "sctp" }));
  const answer = { proto: "sctp", sport: 80, dport: 1000 } as const;
  assert.ok(await arrives(b, a, answer));
  await connections.forget(a.addresses, { signal });
  assert.equal(await arrives(b, a, answer), false);
});

test("forgetting() takes little time where there are many connections of others", async (t) => {
  await bridge.hold([]);
  const many = 10_000;
  const packets = Array.from({ length: many }, (_, i) => packet(a, c, { sport: 2_000 + i }));
  const commands = packets.map((one) => ["netdev-dummy/receive", `p${a.ofPort}`, one] as const);
  // a dummy keeps no more than 100 packets that it has not taken in yet
  while (commands.length > 0) await control.callAll(commands.splice(0, 50), { signal });
  const count = await countAtRest();
  assert.ok(count >= many / 2, `${count} connections`);
  const startedMs = performance.now();
  await connections.forget(b.addresses, { signal });
  t.diagnostic(`${count} connections: ${(performance.now() - startedMs).toFixed(1)} ms for a Pod`);
  assert.equal((await remembered()).length, count);
});
