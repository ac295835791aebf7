import assert from "node:assert/strict";
import { test } from "node:test";
import type { EchoResult } from "@antrea/linux";
import { byTunnel, cidr, ip } from "@antrea/pipeline/testing";
import type { PeerStatus } from "../routes/reconciler.ts";
import { prober } from "./probe.ts";

const signal = new AbortController().signal;
const status: PeerStatus = {
  plan: {
    identity: {
      name: "node-2",
      podCidrs: [cidr("10.244.2.0/24")],
      transport: [{ address: ip("172.30.1.12") }],
    },
    podCidrs: [cidr("10.244.2.0/24")],
    ...{ path: byTunnel, device: "eth0", others: [] },
    mayBeRouted: false,
    nextHops: [],
  },
  unresolved: [],
  silent: [],
  unroutable: [],
  isConfirmed: true,
  isSettled: true,
};

/** A way on which packets of at most `mtu` bytes pass. */
const way = (mtu: number) =>
  prober(
    async ({ packetBytes = 84 }): Promise<EchoResult> =>
      packetBytes <= mtu ? { kind: "reply", roundTripMs: 1 } : { kind: "noAnswer" },
  );

test("prober().probe() says nothing is wrong where packets of the whole MTU pass", async () => {
  const [result] = await way(1450).probe(status, 1450, { count: 2, timeoutMs: 10, signal });
  assert.deepEqual([result?.received, result?.largest, result?.failure], [2, 1450, undefined]);
});

test("prober().probe() finds to the byte the largest packet that passes", async () => {
  const [result] = await way(1350).probe(status, 1450, { count: 1, timeoutMs: 10, signal });
  assert.equal(result?.largest, 1350);
  assert.match(
    result?.failure ?? "",
    /packets of 1450 bytes do not pass, the largest that does has 1350/,
  );
});

test("prober().probe() says what a silent tunnel most often means", async () => {
  const [result] = await way(0).probe(status, 1450, { count: 2, timeoutMs: 10, signal });
  assert.equal(result?.received, 0);
  assert.match(result?.failure ?? "", /drops the tunnel's packets, or the Node is down/);
});

/** A way of no small link on which every echo is lost whose place in the order says so. */
const lossy = (isLost: (n: number) => boolean) => {
  let n = 0;
  return prober(
    async (): Promise<EchoResult> =>
      isLost(n++) ? { kind: "noAnswer" } : { kind: "reply", roundTripMs: 1 },
  );
};

test("prober().probe() calls loss loss, and not a small MTU", async () => {
  const options = { count: 3, timeoutMs: 10, signal };
  const [bad] = await lossy((n) => n !== 1).probe(status, 1450, options);
  assert.deepEqual([bad?.sent, bad?.received, bad?.largest], [3, 1, undefined]);
  assert.match(bad?.failure ?? "", /2 of 3 echoes were lost: the network between loses packets/);
  const [unlucky] = await lossy((n) => n === 3 || n === 4).probe(status, 1450, options);
  assert.deepEqual([unlucky?.received, unlucky?.largest, unlucky?.failure], [3, 1450, undefined]);
  const [first] = await lossy((n) => n === 0).probe(status, 1450, options);
  assert.deepEqual([first?.received, first?.failure], [2, undefined]);
});

test("prober().probe() probes each Pod CIDR, and IPv6 with nothing smaller than IPv6 has", async () => {
  const podCidrs = [cidr("10.244.2.0/24"), cidr("fd00:10:244:2::/64")];
  const dual = {
    ...status,
    plan: { ...status.plan, identity: { ...status.plan.identity, podCidrs } },
  };
  const sizes: number[] = [];
  const { probe } = prober(async ({ destination, packetBytes = 84 }): Promise<EchoResult> => {
    if (destination.includes(":")) sizes.push(packetBytes);
    return packetBytes <= 1300 ? { kind: "reply", roundTripMs: 1 } : { kind: "noAnswer" };
  });
  const results = await probe(dual, 1450, { count: 1, timeoutMs: 10, signal });
  assert.deepEqual(
    results.map(({ address, largest }) => [address, largest]),
    [
      ["10.244.2.1", 1300],
      ["fd00:10:244:2::1", 1300],
    ],
  );
  assert.equal(Math.min(...sizes.filter((size) => size !== 84)), 1280);
});
