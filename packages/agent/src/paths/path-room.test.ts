import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { silentLogger } from "@antrea/base";
import { type ManualClock, manualClock } from "@antrea/base/testing";
import { cidr, link, mac, node } from "@antrea/pipeline/testing";
import type { Flow } from "@antrea/openflow/flow";
import { compilePeer, cookieOf, pathProbeMark, peerOwner } from "@antrea/pipeline";
import type { SwitchConnection } from "../bridge/switch-link.ts";
import { ownStance } from "@antrea/pipeline/mode";
import { type PeerContext, planPeer, withLinkAddresses } from "../routes/peers.ts";
import type { PeerStatus } from "../routes/reconciler.ts";
import { type PathRoom, pathRoom } from "./path-room.ts";

type PacketIn = Parameters<Parameters<SwitchConnection["onPacketIn"]>[0]>[0];

/** A switch between whose uplink and the peers' there is a network that a test can spoil. */
interface Fabric {
  /** Which frames come back; all at first. */
  passes: (frame: Uint8Array) => boolean;
  readonly sent: Uint8Array[];
  /** What the switch has from an agent before. */
  flows: readonly Flow[];
  /** What Pods have sent to each peer, as the flows count it. */
  readonly traffic: Map<string, number>;
  /** How often it was asked what the flows count. */
  looks: number;
  deliver(packet: Uint8Array, userdata?: string): void;
  readonly connection: SwitchConnection;
}

function fakeFabric(clock: ManualClock): Fabric {
  const listeners = new Set<(packet: PacketIn) => void>();
  const fabric: Fabric = {
    passes: () => true,
    sent: [],
    flows: [],
    traffic: new Map(),
    looks: 0,
    deliver(packet, userdata = pathProbeMark) {
      const bytes = Uint8Array.from(Buffer.from(userdata, "hex"));
      for (const listener of listeners)
        listener({ userdata: bytes, packet: packet.subarray(0, 128) } as PacketIn);
    },
    connection: {
      packetOut({ packet }: { readonly packet: Uint8Array }) {
        fabric.sent.push(packet);
        if (fabric.passes(packet)) void clock.sleep(1).then(() => fabric.deliver(packet));
      },
      onPacketIn(listener: (packet: PacketIn) => void) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
      dumpFlows: async () => fabric.flows,
      async dumpCounted() {
        fabric.looks += 1;
        return [...fabric.traffic].map(([name, packets]) => ({
          flow: { cookie: cookieOf("PodConnectivity", peerOwner(name)) },
          packets,
        }));
      },
    } as unknown as SwitchConnection,
  };
  return fabric;
}

interface Setting {
  readonly clock: ManualClock;
  readonly fabric: Fabric;
  readonly room: PathRoom;
  readonly peers: Map<string, PeerStatus>;
  readonly told: string[];
  readonly fallen: string[];
  /** Lets so many milliseconds pass, ten at a time. */
  pass(ms: number): Promise<void>;
  end(): Promise<void>;
}

function setting(
  families: readonly ("ipv4" | "ipv6")[] = ["ipv4"],
  flows: readonly Flow[] = [],
): Setting {
  const clock = manualClock(1_000_000);
  const fabric = fakeFabric(clock);
  const peers = new Map<string, PeerStatus>();
  const told: string[] = [];
  const fallen: string[] = [];
  const stop = new AbortController();
  const room = pathRoom({
    measures: () => [...peers.values()].some(({ plan }) => plan.measured),
    peers: () => peers,
    network: () => node({ pods: families }),
    podMtu: () => 1450,
    macOf: () => mac("0e:00:00:00:01:0c"),
    session: { connection: async () => fabric.connection, isSettled: true },
    onVerdict: (name) => void told.push(name),
    onFallen: (name) => void fallen.push(name),
    onProbed: () => {},
    randomBytes: (size) => crypto.getRandomValues(new Uint8Array(size)),
    random: () => 0.5,
    clock,
    log: silentLogger,
  });
  fabric.flows = flows;
  const running = room
    .takeUp({ signal: stop.signal })
    .then(() => room.run(stop.signal))
    .catch(() => {});
  return {
    ...{ clock, fabric, room, peers, told, fallen },
    async pass(ms) {
      for (let i = 0; i < ms / 10; i++) {
        await setImmediate();
        clock.advance(10);
      }
      await setImmediate();
    },
    async end() {
      stop.abort();
      await running;
    },
  };
}

const settings = {
  ...({ trafficEncapMode: "auto", tunnelType: "geneve", tunnelPort: 0 } as const),
  ...{ tunnelCsum: false, noSNAT: false, defaultMTU: 0, perPeerMTU: false },
};

function peer(
  number: number,
  families: readonly string[] = ["ipv4"],
  isProven = false,
): PeerStatus {
  const context: PeerContext = {
    stance: ownStance(settings),
    takes: () => true,
    local: {
      name: "node-1",
      podCidrs: [cidr("10.244.1.0/24")],
      transport: [link("172.30.1.11/24")],
    },
    deviceOf: () => "eth0",
    refusal: () => undefined,
    resolve: () => ({ device: "eth0" }),
    direct: () => ({ isProven, reason: "" }),
  };
  const cidrs = [`10.244.${number}.0/24`, `fd00:10:244:${number}::/64`].slice(0, families.length);
  const identity = {
    name: `node-${number}`,
    podCidrs: cidrs.map(cidr),
    transport: [link(`172.30.1.${10 + number}/24`)],
  };
  const plan = planPeer(identity, context);
  return { plan, unresolved: [], silent: [], unroutable: [], isConfirmed: true, isSettled: true };
}

function addPeers(peers: Map<string, PeerStatus>, count: number): void {
  for (let i = 0; i < count; i++) {
    const one = peer(2);
    const identity = { ...one.plan.identity, name: `peer-${i}` };
    peers.set(identity.name, { ...one, plan: { ...one.plan, identity } });
  }
}

test("pathRoom() proves a path that answers, and says so once", async () => {
  const { room, peers, told, pass, end } = setting();
  peers.set("node-2", peer(2));
  assert.equal(room.verdict("node-2").isProven, false);
  await pass(3_000);
  assert.equal(room.verdict("node-2").isProven, true);
  assert.deepEqual(told, ["node-2", "node-2"]);
  assert.deepEqual(room.measured("node-2")?.mtu, 1450);
  await end();
});

test("pathRoom() leaves a path that Pods use within 3 s of its failure, and tells it", async () => {
  const { room, peers, fabric, fallen, pass, end } = setting();
  peers.set("node-2", peer(2));
  fabric.traffic.set("node-2", 1);
  await pass(5_000);
  fabric.passes = () => false;
  await pass(3_000);
  assert.equal(room.verdict("node-2").isProven, false);
  assert.deepEqual(fallen, ["node-2"]);
  await end();
});

test("pathRoom() finds the failure of an idle path within 3 s of the first packet of a Pod", async () => {
  const { room, peers, fabric, pass, end } = setting();
  peers.set("node-2", peer(2));
  await pass(40_000);
  fabric.passes = () => false;
  await pass(60_000);
  assert.equal(room.verdict("node-2").isProven, true, "nobody asks while nobody is concerned");
  fabric.traffic.set("node-2", 1);
  await pass(3_000);
  assert.equal(room.verdict("node-2").isProven, false);
  await end();
});

test("pathRoom() believes no answer that it did not ask for, nor one that comes twice", async () => {
  const { room, peers, fabric, pass, end } = setting();
  fabric.passes = () => false;
  peers.set("node-2", peer(2));
  await pass(500);
  const [probe] = fabric.sent;
  assert.ok(probe);
  const forged = probe.slice();
  forged.fill(7, 42, 58);
  for (let i = 0; i < 50; i++) {
    fabric.deliver(forged);
    fabric.deliver(probe, "00");
    fabric.deliver(probe); // true, and too late
    await pass(100);
  }
  assert.equal(room.verdict("node-2").isProven, false);
  assert.equal(room.measured("node-2")?.latencyMs, undefined);
  await end();
});

test("pathRoom() of two IP families proves a peer when both answer", async () => {
  const { room, peers, fabric, pass, end } = setting(["ipv4", "ipv6"]);
  const isIpv4 = (frame: Uint8Array): boolean => frame[12] === 0x08;
  fabric.passes = isIpv4;
  peers.set("node-2", peer(2, ["ipv4", "ipv6"]));
  await pass(5_000);
  assert.equal(room.verdict("node-2").isProven, false);
  fabric.passes = () => true;
  await pass(20_000);
  assert.equal(room.verdict("node-2").isProven, true);
  await end();
});

test("pathRoom() of a thousand peers proves all within 15 s, and is quiet then", async () => {
  const { room, peers, fabric, pass, end } = setting();
  addPeers(peers, 1_000);
  await pass(15_000);
  const proven = [...peers.keys()].filter((name) => room.verdict(name).isProven).length;
  assert.equal(proven, 1_000);
  const before = fabric.sent.length;
  await pass(60_000);
  const perSecond = (fabric.sent.length - before) / 60;
  assert.ok(perSecond <= 5, `${perSecond} probes a second`);
  await end();
});

test("pathRoom() leaves a hundred paths in use within 3 s when all fail at once", async () => {
  const { room, peers, fabric, fallen, pass, end } = setting();
  addPeers(peers, 100);
  for (const name of peers.keys()) fabric.traffic.set(name, 1);
  await pass(10_000);
  assert.ok([...peers.keys()].every((name) => room.verdict(name).isProven));
  fabric.passes = () => false;
  await pass(3_000);
  assert.equal(fallen.length, 100);
  await end();
});

test("pathRoom() takes up what was proven before the agent started anew, and asks at once", async () => {
  const proven = peer(2, ["ipv4"], true);
  const flows = (status: PeerStatus) =>
    compilePeer(
      withLinkAddresses(status.plan, () => mac("0e:00:00:00:01:0c")),
      node(),
    );
  for (const [status, isTakenUp] of [
    [proven, true],
    [peer(2), false],
  ] as const) {
    const { room, peers, fabric, pass, end } = setting(["ipv4"], flows(status));
    peers.set("node-2", status);
    fabric.passes = () => false;
    await pass(500);
    assert.equal(room.verdict("node-2").isProven, isTakenUp);
    await pass(1_500);
    assert.equal(room.verdict("node-2").isProven, false);
    await end();
  }
});

test("pathRoom() forgets a peer that is gone", async () => {
  const { room, peers, pass, end } = setting();
  peers.set("node-2", peer(2));
  await pass(3_000);
  peers.delete("node-2");
  await pass(1_500);
  assert.equal(room.measured("node-2"), undefined);
  await end();
});

test("pathRoom() asks the switch nothing while the mode measures no path", async () => {
  const { room, peers, fabric, pass, end } = setting();
  const one = peer(2);
  peers.set("node-2", { ...one, plan: { ...one.plan, measured: undefined } });
  await pass(5_000);
  assert.deepEqual([fabric.looks, fabric.sent.length], [0, 0]);
  assert.equal(room.measured("node-2"), undefined);
  peers.set("node-2", one);
  await pass(3_000);
  assert.ok(fabric.looks > 0 && room.verdict("node-2").isProven);
  await end();
});
