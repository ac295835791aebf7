import assert from "node:assert/strict";
import { test } from "node:test";
import { podMtu, podMtuProblem } from "./mtu.ts";
import { cidr } from "./testing/network.ts";

const link = { mode: "encap", transportMtu: 1500, configuredMtu: 0 } as const;

test("podMtu() leaves room for the tunnel, and for the longer header of IPv6 outside", () => {
  assert.equal(podMtu({ ...link, tunnelType: "geneve", transportFamily: "ipv4" }), 1450);
  assert.equal(podMtu({ ...link, tunnelType: "geneve", transportFamily: "ipv6" }), 1430);
  assert.equal(podMtu({ ...link, tunnelType: "gre", transportFamily: "ipv6" }), 1438);
  const noEncap = { ...link, mode: "noEncap", tunnelType: "geneve" } as const;
  assert.equal(podMtu({ ...noEncap, transportFamily: "ipv6" }), 1500);
});

test("podMtuProblem() refuses IPv6 Pods on links narrower than every link of IPv6 is", () => {
  const [ipv4, ipv6] = [cidr("10.244.1.0/24"), cidr("fd00:10:244:1::/64")];
  assert.equal(podMtuProblem(1250, [ipv4]), undefined);
  assert.equal(podMtuProblem(1280, [ipv4, ipv6]), undefined);
  assert.match(podMtuProblem(1279, [ipv4, ipv6]) ?? "", /1279 bytes, and IPv6 wants 1280 or more/);
});
