import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { cidr, ip, mac, onLink } from "../testing/parse.ts";
import { planPodMtu, type ObservedPodMtu, type PodMtuSpec } from "./pod-mtu.ts";
import { formatStep } from "./plan.ts";
import type { PodSends } from "./pod-veth.ts";
import { anywhere, type Route, route, routeProtocol } from "./state.ts";

const spec = (mtu: number, far = mtu, near = far, more: Partial<PodSends> = {}): PodMtuSpec => ({
  hostName: "web-4f2a91",
  netnsPath: "/run/netns/web",
  ifname: "eth0",
  mac: mac("0a:58:0a:0a:01:07"),
  mtu,
  sends: { far, near, nearNetworks: [], ...more },
  addresses: [onLink("10.10.1.7/24"), onLink("fd10:1::7/64")],
  gateways: [{ address: ip("10.10.1.1") }, { address: ip("fd10:1::1") }],
});

const ours: readonly Route[] = [
  route({ destination: cidr("10.10.1.0/24"), protocol: routeProtocol.kernel, device: "eth0" }),
  route({ destination: cidr("fd10:1::/64"), protocol: routeProtocol.kernel, device: "eth0" }),
  route({ destination: anywhere.ipv4, protocol: 3, device: "eth0", via: ip("10.10.1.1") }),
  route({ destination: anywhere.ipv6, protocol: 3, device: "eth0", via: ip("fd10:1::1") }),
  // a later plugin of the chain chooses the table by the source
  route({
    destination: anywhere.ipv4,
    protocol: 3,
    device: "eth0",
    via: ip("10.10.1.1"),
    table: 100,
  }),
];
const others: readonly Route[] = [
  route({
    destination: cidr("10.10.1.7/32"),
    protocol: 2,
    device: "eth0",
    table: 255,
    type: "local",
  }),
  route({
    destination: anywhere.ipv4,
    protocol: 4,
    device: "eth0",
    via: ip("10.10.1.9"),
    metric: 9,
  }),
  route({ destination: cidr("192.0.2.0/24"), protocol: 4, device: "eth0", via: ip("10.10.1.1") }),
  route({ destination: cidr("10.10.1.0/24"), protocol: 2, device: "net1", metric: 5 }),
];

/** The plan, step by step: the MTU that it gives to what. */
function told(seen: ObservedPodMtu, wish: PodMtuSpec): readonly (number | undefined)[] {
  return planPodMtu(seen, wish).map((step) => {
    if (step.kind === "set-link") return step.link.mtu;
    assert.ok(step.kind === "set-route");
    return step.route.mtu === undefined ? undefined : -step.route.mtu;
  });
}
const all = (mtu: number | undefined) => ours.map(() => (mtu === undefined ? undefined : -mtu));
const routesWith = (mtu: number | undefined): readonly Route[] => [
  ...ours.map((one) => (mtu === undefined ? one : { ...one, mtu })),
  ...others,
];

test("planPodMtu() holds routes down while the link is larger than what is sent", () => {
  assert.deepEqual(told({ mtu: 1450, routes: routesWith(undefined) }, spec(1500, 1450)), [
    ...all(1450),
    1500,
  ]);
  assert.deepEqual(told({ mtu: 1500, routes: routesWith(undefined) }, spec(1500, 1450)), all(1450));
});

test("planPodMtu() lowers the routes before the link, and raises them after it", () => {
  assert.deepEqual(told({ mtu: 1500, routes: routesWith(undefined) }, spec(1450)), [
    ...all(1450),
    1450,
    ...all(undefined),
  ]);
  assert.deepEqual(told({ mtu: 1450, routes: routesWith(undefined) }, spec(1500)), [1500]);
  assert.deepEqual(told({ mtu: 1500, routes: routesWith(1450) }, spec(1500)), all(undefined));
});

/** What tells one route of the test from another. */
function place({ destination, via, device, table, metric }: Route): string {
  return [destination, via, device, table, metric].join();
}

test("planPodMtu() gives each near network a route by the gateway, before which nothing larger is sent", () => {
  const nearNetworks = [cidr("10.10.7.0/24"), cidr("fd10:7::/64")];
  const wish = spec(1500, 1450, 1500, { nearNetworks });
  const given = planPodMtu({ mtu: 1450, routes: routesWith(undefined) }, wish);
  const text = given.map((step) => formatStep(step));
  assert.deepEqual(text.slice(-3), [
    "link eth0",
    "route 10.10.7.0/24 via 10.10.1.1 dev eth0",
    "route fd10:7::/64 via fd10:1::1 dev eth0 metric 1024",
  ]);
  const near = given.slice(-2).flatMap((step) => (step.kind === "set-route" ? [step.route] : []));
  const routes = [...routesWith(undefined), ...near];
  const unknown = spec(1500, 1450, 1500, { nearNetworks: undefined });
  assert.ok(
    !planPodMtu({ mtu: 1500, routes }, unknown).some(({ kind }) => kind === "remove-route"),
  );
  const [first] = planPodMtu({ mtu: 1500, routes }, spec(1450));
  assert.deepEqual(first, { kind: "remove-route", route: near[0] });
});

test("planPodMtu() does nothing where all is as it should be, and never touches the routes of others", () => {
  const size = fc.constantFrom(1280, 1450, 1500, 9000);
  fc.assert(
    fc.property(size, size, size, fc.option(size, { nil: undefined }), (from, a, b, mtu) => {
      const wish = spec(Math.max(a, b), Math.min(a, b));
      const steps = planPodMtu({ mtu: from, routes: routesWith(mtu) }, wish);
      const state = new Map(routesWith(mtu).map((one) => [place(one), one]));
      for (const step of steps) {
        if (step.kind !== "set-route") continue;
        assert.ok(ours.some((one) => place(one) === place(step.route)));
        state.set(place(step.route), step.route);
      }
      assert.deepEqual(planPodMtu({ mtu: wish.mtu, routes: [...state.values()] }, wish), []);
    }),
  );
});
