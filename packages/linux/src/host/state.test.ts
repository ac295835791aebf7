import assert from "node:assert/strict";
import { test } from "node:test";
import { cidr, ip } from "../testing/parse.ts";
import { observedHost } from "./observed.ts";
import { hostState, route, routeKey, routeProtocol } from "./state.ts";

const { antrea: protocol } = routeProtocol;

test("route() fills in what the kernel would: link scope without a next hop, global with one", () => {
  const destination = cidr("10.10.2.0/24");

  assert.equal(route({ destination, protocol, device: "gw0" }).scope, "link");
  assert.equal(route({ destination, protocol, via: ip("10.0.0.2") }).scope, "global");
  assert.equal(route({ destination, protocol, type: "blackhole" }).scope, "global");
});

test("route() gives IPv6 its metric of 1024 and no scope", () => {
  const { metric, scope } = route({ destination: cidr("fd10::/64"), protocol, device: "gw0" });

  assert.deepEqual({ metric, scope }, { metric: 1024, scope: "global" });
});

test("routeKey() leaves out the way, so that a peer's new path replaces the old one in place", () => {
  const tunnel = route({ destination: cidr("10.10.2.0/24"), protocol, device: "antrea-gw0" });
  const direct = route({ destination: cidr("10.10.2.0/24"), protocol, via: ip("192.0.2.7") });

  assert.equal(routeKey(tunnel), routeKey(direct));
});

test("hostState() keys each entry by what the kernel tells entries apart by", () => {
  const state = hostState({
    links: [{ name: "gw0" }],
    addresses: [{ device: "gw0", address: ip("10.10.1.1"), prefixLength: 24 }],
    routes: [route({ destination: cidr("10.10.2.0/24"), protocol })],
    neighbours: [{ device: "gw0", address: ip("10.10.2.1"), state: "permanent" }],
    sysctls: { "net/ipv4/ip_forward": "1" },
    nftTables: [{ family: "ip", name: "antrea", chains: [] }],
  });

  assert.deepEqual(
    Object.values(state).map((entries) => [...entries.keys()]),
    [
      ["gw0"],
      ["gw0 10.10.1.1/24"],
      ["254 10.10.2.0/24 metric 0"],
      ["gw0 10.10.2.1"],
      ["net/ipv4/ip_forward"],
      ["ip antrea"],
    ],
  );
});

test("observedHost() keeps several routes to one destination at one metric", () => {
  const linkLocal = ["eth0", "gw0"].map((device) =>
    route({ destination: cidr("fe80::/64"), protocol: 2, device, metric: 256 }),
  );

  const { routes } = observedHost({ routes: linkLocal });

  assert.deepEqual([...routes.values()], linkLocal);
});
