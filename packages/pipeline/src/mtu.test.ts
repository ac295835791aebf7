import assert from "node:assert/strict";
import { test } from "node:test";
import { pathMtu, podMtu, podMtuOf, podMtuProblem } from "./mtu.ts";
import { cidr } from "./testing/network.ts";

const link = { mode: "encap", transportMtu: 1500, configuredMtu: 0 } as const;

test("podMtu() leaves room for the tunnel, and for the longer header of IPv6 outside", () => {
  assert.equal(podMtu({ ...link, tunnelType: "geneve", transportFamily: "ipv4" }), 1450);
  assert.equal(podMtu({ ...link, tunnelType: "geneve", transportFamily: "ipv6" }), 1430);
  assert.equal(podMtu({ ...link, tunnelType: "gre", transportFamily: "ipv6" }), 1438);
  const noEncap = { ...link, mode: "noEncap", tunnelType: "geneve" } as const;
  assert.equal(podMtu({ ...noEncap, transportFamily: "ipv6" }), 1500);
});

test("pathMtu() leaves the whole link to direct peers where each peer counts by itself", () => {
  const hybrid = {
    ...link,
    mode: "hybrid",
    tunnelType: "geneve",
    transportFamily: "ipv4",
  } as const;
  assert.deepEqual(pathMtu({ ...hybrid, perPeer: false }), { direct: 1450, far: 1450 });
  assert.deepEqual(pathMtu({ ...hybrid, perPeer: true }), { direct: 1500, far: 1450 });
  const configured = { ...hybrid, configuredMtu: 1400, perPeer: true };
  assert.deepEqual(pathMtu(configured), { direct: 1400, far: 1400 });
});

test("podMtuOf() has every link take what any Node still or already sends, at each step of a change", () => {
  const sizes = [1280, 1430, 1450, 1500, 9000];
  const settings = sizes.flatMap((direct) =>
    sizes.filter((far) => far <= direct).map((far) => ({ direct, far })),
  );
  for (const from of settings)
    for (const to of settings) {
      // what a Node accepts, step by step; it may be one step ahead of another
      const way = [[from], [from, to], [to]].map(podMtuOf);
      for (const [i, here] of way.entries())
        for (const there of way.slice(i, i + 2)) {
          assert.ok(here.far <= here.direct);
          assert.ok(here.direct <= there.link, `${JSON.stringify([from, to])}, from step ${i}`);
          assert.ok(there.direct <= here.link, `${JSON.stringify([from, to])}, to step ${i}`);
        }
      assert.deepEqual(way.at(-1), { link: to.direct, ...to });
    }
});

test("podMtuProblem() refuses IPv6 Pods on links narrower than every link of IPv6 is", () => {
  const [ipv4, ipv6] = [cidr("10.244.1.0/24"), cidr("fd00:10:244:1::/64")];
  assert.equal(podMtuProblem(1250, [ipv4]), undefined);
  assert.equal(podMtuProblem(1280, [ipv4, ipv6]), undefined);
  assert.match(podMtuProblem(1279, [ipv4, ipv6]) ?? "", /1279 bytes, and IPv6 wants 1280 or more/);
});
