import assert from "node:assert/strict";
import { test } from "node:test";
import { cidr, ip, mac, onLink } from "../testing/parse.ts";
import { diffHost } from "./diff.ts";
import { observedHost } from "./observed.ts";
import { formatStep, planHost } from "./plan.ts";
import { type HostEntries, hostState, route, routeProtocol } from "./state.ts";

const { antrea: protocol } = routeProtocol;
const owns = {
  links: () => true,
  addresses: () => true,
  routes: () => true,
  neighbours: () => true,
};
const gateway = { device: "gw0", ...onLink("10.10.1.1/24") };
const peer = { device: "gw0", address: ip("10.10.2.1"), state: "permanent" } as const;
const toPeer = route({
  destination: cidr("10.10.2.0/24"),
  protocol,
  device: "gw0",
  via: ip("10.10.2.1"),
  isOnlink: true,
});

test("planHost() gives each step what it needs before it", () => {
  const steps = plan(
    {},
    {
      links: [{ name: "gw0", isUp: true, create: { kind: "bridge" } }],
      addresses: [gateway],
      routes: [toPeer, route({ destination: cidr("10.9.0.0/24"), protocol, device: "gw0" })],
      neighbours: [{ ...peer, mac: mac("0a:00:00:00:00:02") }],
      sysctls: { "net/ipv4/conf/gw0/arp_ignore": "1" },
      nftTables: [{ family: "ip", name: "antrea", chains: [] }],
    },
  );

  assert.deepEqual(steps, [
    "create-link: link gw0",
    "set-sysctl: sysctl net/ipv4/conf/gw0/arp_ignore = 1",
    "set-link: link gw0",
    "add-address: address 10.10.1.1/24 dev gw0",
    "change-nft: nft table ip antrea",
    "set-neighbour: neighbour 10.10.2.1 dev gw0",
    "set-route: route 10.9.0.0/24 dev gw0",
    "set-route: route 10.10.2.0/24 via 10.10.2.1 dev gw0",
  ]);
});

test("planHost() removes last, and routes before the neighbours they use", () => {
  assert.deepEqual(plan({ routes: [toPeer], neighbours: [peer] }, {}), [
    "remove-route: route 10.10.2.0/24 via 10.10.2.1 dev gw0",
    "remove-neighbour: neighbour 10.10.2.1 dev gw0",
  ]);
});

test("planHost() replaces a changed route in place", () => {
  const direct = route({ destination: toPeer.destination, protocol, via: ip("192.0.2.7") });

  assert.deepEqual(plan({ routes: [toPeer] }, { routes: [direct] }), [
    "set-route: route 10.10.2.0/24 via 192.0.2.7",
  ]);
});

test("planHost() takes an address away before another of its network comes", () => {
  const other = { device: "gw0", ...onLink("10.10.1.2/24") };

  assert.deepEqual(plan({ addresses: [gateway] }, { addresses: [other] }), [
    "remove-address: address 10.10.1.1/24 dev gw0",
    "add-address: address 10.10.1.2/24 dev gw0",
  ]);
});

test("planHost() gives an address of another network before it takes the old one away", () => {
  const other = { device: "gw0", ...onLink("10.20.1.1/24") };

  assert.deepEqual(plan({ addresses: [gateway] }, { addresses: [other] }), [
    "add-address: address 10.20.1.1/24 dev gw0",
    "remove-address: address 10.10.1.1/24 dev gw0",
  ]);
});

test("planHost() of no change has no step", () => {
  assert.deepEqual(plan({ routes: [toPeer] }, { routes: [toPeer] }), []);
});

function plan(before: HostEntries, desired: HostEntries): readonly string[] {
  const state = hostState(before);
  const observed = observedHost({
    addresses: [...state.addresses.values()],
    routes: [...state.routes.values()],
    neighbours: [...state.neighbours.values()],
  });
  const steps = planHost(diffHost(observed, hostState(desired), owns));
  return steps.map((step) => `${step.kind}: ${formatStep(step)}`);
}
