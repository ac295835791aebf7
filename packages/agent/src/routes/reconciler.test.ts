import assert from "node:assert/strict";
import { test } from "node:test";
import { type Realizer, silentLogger } from "@antrea/base";
import type { HostEntries } from "@antrea/linux";
import type { Cidr } from "@antrea/net";
import { nodeOwner } from "@antrea/pipeline";
import { ownStance } from "@antrea/pipeline/mode";
import { cidr, link, node } from "@antrea/pipeline/testing";
import type { HostWriter } from "../host/host-writer.ts";
import { hostPlan } from "../testing/host-plan.ts";
import { peerReconciler, type PeerStatus } from "./reconciler.ts";

const peer = (name: string, podCidr: string, transport: string) => ({
  name,
  podCidrs: [cidr(podCidr)],
  transport: [link(transport)],
});
const hybrid = ownStance({
  ...{ trafficEncapMode: "hybrid", tunnelType: "geneve", tunnelPort: 0, tunnelCsum: false },
  ...{ noSNAT: false, defaultMTU: 0, perPeerMTU: false },
});
const near = peer("near", "10.244.2.0/24", "172.30.1.12/24");
const far = peer("far", "10.244.3.0/24", "172.30.2.13/24");

/** A reconciler in hybrid mode, and in which order bridge and host got all that is new to them. */
function world({ isUplinkShared }: { readonly isUplinkShared: boolean }) {
  const order: string[] = [];
  const host = hostPlan({ isUplinkShared });
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  function realizing<V>(kind: string): Realizer<V> {
    return {
      async realize(owner) {
        await turn();
        order.push(`${kind} of ${owner}`);
      },
      release: turn,
      wantedBy: () => [],
    } as Partial<Realizer<V>> as Realizer<V>;
  }
  const networks = new Map<string, readonly Cidr[]>();
  let untranslated = 0;
  const hostWriter: HostWriter = {
    async realize(owner, { nftTables = [] }: HostEntries, decided = []) {
      await turn();
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
      stance: hybrid,
      takes: () => true,
      local: peer("here", "10.244.1.0/24", "172.30.1.11/24"),
      transportDevice: "eth0",
      refusal: () => undefined,
      resolve: () => ({ device: "eth0" }),
    }),
    node,
    host: () => host,
    awaited: new Map(
      isUplinkShared ? [] : [near, far].map(({ name, podCidrs }) => [name, podCidrs]),
    ),
    macOf: () => undefined,
    flows: realizing("flows"),
    hostWriter,
    tunnelNeighbours: { put: turn, retain: () => {}, refresh: turn },
    tunnelRoutes: realizing("tunnel routes"),
    peers: new Map<string, PeerStatus>(),
    settlePods: turn,
    onPathsChanged: () => {},
    onFlowsConfirmed: () => {},
    log: silentLogger,
  });
  return {
    order: () => order.filter((line) => !line.startsWith("tunnel")),
    networks,
    untranslated: () => untranslated,
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
