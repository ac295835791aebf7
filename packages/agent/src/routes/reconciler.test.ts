import assert from "node:assert/strict";
import { test } from "node:test";
import { type Realizer, silentLogger } from "@antrea/base";
import type { HostEntries } from "@antrea/linux";
import type { Cidr } from "@antrea/net";
import { nodeOwner, type TrafficMode } from "@antrea/pipeline";
import { ownStance } from "@antrea/pipeline/mode";
import { cidr, link, mac, node, sharedSettings } from "@antrea/pipeline/testing";
import type { HostWriter } from "../host/host-writer.ts";
import { hostPlan } from "../testing/host-plan.ts";
import { peerReconciler, type PeerStatus } from "./reconciler.ts";

const peer = (name: string, podCidr: string, transport: string) => ({
  name,
  podCidrs: [cidr(podCidr)],
  transport: [link(transport)],
});
const near = peer("near", "10.244.2.0/24", "172.30.1.12/24");
const far = peer("far", "10.244.3.0/24", "172.30.2.13/24");

interface WorldOptions {
  readonly isUplinkShared: boolean;
  /** Whether it runs for a while. */
  readonly areEarlierKnown?: boolean;
}

/** A reconciler in hybrid mode, and in which order bridge and host got all that is new to them. */
function world({ isUplinkShared, areEarlierKnown = false }: WorldOptions) {
  const order: string[] = [];
  let network = node();
  let stance = ownStance(sharedSettings("hybrid"));
  let host = hostPlan({ isUplinkShared });
  let refusals = 0;
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  function realizing<V>(kind: string, turns = 1): Realizer<V> {
    return {
      async realize(owner) {
        for (let i = 0; i < turns; i++) await turn();
        order.push(`${kind} of ${owner}`);
      },
      release: turn,
      wantedBy: () => [],
    } as Partial<Realizer<V>> as Realizer<V>;
  }
  const peers = new Map<string, PeerStatus>();
  let settling = Promise.withResolvers<void>();
  const networks = new Map<string, readonly Cidr[]>();
  let untranslated = 0;
  const hostWriter: HostWriter = {
    async realize(owner, { nftTables = [] }: HostEntries, decided = []) {
      await turn();
      if (refusals-- > 0) throw new Error("The kernel refuses it");
      networks.set(owner, decided);
      untranslated = [...nftTables][0]?.sets?.[0]?.elements.length ?? untranslated;
      order.push(`host of ${owner}`);
    },
    release: turn,
    resync: () => assert.fail("nobody asks for it"),
  };
  const reconciler = peerReconciler({
    find: (name) => [near, far].find((one) => one.name === name),
    context: () => ({
      stance,
      takes: () => true,
      local: peer("here", "10.244.1.0/24", "172.30.1.11/24"),
      deviceOf: () => "eth0",
      refusal: () => undefined,
      resolve: () => ({ device: "eth0" }),
    }),
    node: () => network,
    host: () => host,
    awaited: new Map(
      isUplinkShared ? [] : [near, far].map(({ name, podCidrs }) => [name, podCidrs]),
    ),
    areEarlierKnown: () => areEarlierKnown,
    macOf: () => mac("0a:00:00:00:00:01"),
    flows: realizing("flows"),
    hostWriter,
    tunnelNeighbours: {
      async put(address) {
        await turn();
        await turn();
        order.push(`tunnel neighbour ${address}`);
      },
      retain: () => {},
      refresh: turn,
    },
    tunnelRoutes: realizing("tunnel routes", 2),
    peers,
    settlePods: turn,
    datapathSettled: () => settling.promise,
    onSettled: () => order.push("settled"),
    onPathsChanged: () => {},
    onFlowsConfirmed: () => {},
    log: silentLogger,
  });
  return {
    order: () => order.filter((line) => !line.startsWith("tunnel")),
    all: order,
    networks,
    isSettled: (name: string) => peers.get(name)?.isSettled,
    /** The datapath has forgotten what was before. */
    async settle(): Promise<void> {
      const now = settling;
      settling = Promise.withResolvers();
      now.resolve();
      await turn();
    },
    untranslated: () => untranslated,
    realizeHost: reconciler.realizeHost,
    /** The Node is another one from here on; the kernel refuses the first so many writes. */
    change(more: Parameters<typeof hostPlan>[0], refused = 0): void {
      host = hostPlan({ isUplinkShared, ...more });
      refusals = refused;
    },
    /** Another Node as well: all of its flows are looked at anew. */
    turnTo(mode: TrafficMode): void {
      stance = ownStance(sharedSettings(mode));
      network = node();
    },
    reconcile: (name: string) => reconciler.reconcile(name, new AbortController().signal),
  };
}

test("peerReconciler() tells the host of a peer before the bridge where the host carries Pods' packets, else afterwards", async () => {
  for (const [isUplinkShared, name, first, second] of [
    [false, "near", "host", "flows"],
    [false, "far", "flows", "host"],
    [true, "near", "flows", "host"],
    [true, "far", "flows", "host"],
  ] as const) {
    const { order, reconcile } = world({ isUplinkShared });
    await reconcile(name);
    const wanted = [`${first} of peer:${name}`, `${second} of peer:${name}`];
    assert.deepEqual(
      order().filter((line) => !line.endsWith(nodeOwner)),
      wanted,
      `${name}, ${isUplinkShared ? "shared" : "the kernel's"} uplink`,
    );
  }
});

test("peerReconciler() has a tunnel's way before its flows, but for a peer that is new to a running agent", async () => {
  const way = ["tunnel neighbour 172.30.2.13", "tunnel routes of peer:far"];
  const flows = "flows of peer:far";
  for (const [areEarlierKnown, wanted] of [
    [false, [...way, flows]],
    [true, [flows, ...way]],
  ] as const) {
    const { all, reconcile, turnTo } = world({ isUplinkShared: true, areEarlierKnown });
    const ofFar = () => all.splice(0).filter((line) => line === flows || way.includes(line));
    await reconcile("far");
    assert.deepEqual(ofFar(), wanted);
    turnTo("encap");
    await reconcile("far");
    assert.deepEqual(ofFar(), [...way, flows], "it is sent to by now");
  }
});

test("peerReconciler() has no route of ours to a peer's Pods stay but what it wants", async () => {
  const { networks, reconcile } = world({ isUplinkShared: false });
  await reconcile("near");
  assert.deepEqual(networks.get("peer:near"), near.podCidrs);
});

test("peerReconciler() keeps the sources of packets to peers whose path is not chosen yet", async () => {
  const { order, untranslated, reconcile } = world({ isUplinkShared: false });
  await reconcile("near");
  assert.ok(!order().includes(`host of ${nodeOwner}`), "both as they were");
  await reconcile("far");
  assert.ok(order().includes(`host of ${nodeOwner}`));
  assert.equal(untranslated(), 1, "what goes by tunnel is none of the host's");
});

test("realizeHost() lets whoever asks for what is under way wait for it, and tries anew what was refused", async () => {
  const { order, change, realizeHost } = world({ isUplinkShared: true });
  await realizeHost();
  assert.deepEqual(order(), [], "nothing has changed");
  change({ randomPorts: true });
  const first = realizeHost();
  await realizeHost();
  assert.deepEqual(order(), [`host of ${nodeOwner}`], "the second waited, and wrote nothing");
  await first;
  change({ randomPorts: false }, 1);
  await assert.rejects(realizeHost(), /refuses/);
  await realizeHost();
  assert.equal(order().length, 2);
});

test("peerReconciler() calls a peer settled once the datapath has forgotten each other form", async () => {
  const { order, turnTo, reconcile, isSettled, settle } = world({ isUplinkShared: true });
  await reconcile("near");
  await reconcile("near");
  assert.equal(isSettled("near"), false, "the switch alone has confirmed it");
  await settle();
  assert.equal(isSettled("near"), true);
  assert.equal(order().filter((line) => line === "settled").length, 1);
  await reconcile("near");
  assert.equal(isSettled("near"), true, "nothing has changed");
  turnTo("noEncap");
  await reconcile("near");
  assert.equal(isSettled("near"), true, "it is sent to directly, as before");
  turnTo("encap");
  await reconcile("near");
  turnTo("noEncap");
  await reconcile("near");
  assert.equal(isSettled("near"), false, "some may go by the tunnel yet");
});
