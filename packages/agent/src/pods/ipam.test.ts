import assert from "node:assert/strict";
import { test } from "node:test";
import { type IpAddress, parseCidr } from "@antrea/net";
import { gatewayAddress, ipam } from "./ipam.ts";

const cidr = (text: string) => {
  const parsed = parseCidr(text);
  assert.ok(parsed);
  return parsed;
};

test("ipam() never gives the network, gateway or broadcast address, nor one that is taken", () => {
  const pool = ipam([cidr("10.0.0.0/29")]);
  const taken = new Set<IpAddress>();
  for (let i = 0; i < 5; i++) {
    const result = pool.allocate((a) => taken.has(a));
    assert.ok(result.kind === "allocated");
    for (const address of result.addresses) taken.add(address);
  }
  assert.deepEqual([...taken].sort(), ["10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5", "10.0.0.6"]);
  assert.deepEqual(
    pool.allocate((a) => taken.has(a)),
    { kind: "exhausted", cidr: "10.0.0.0/29" },
  );
});

test("ipam() goes round before it gives a freed address again", () => {
  const pool = ipam([cidr("10.0.0.0/29")]);
  const free = () => false;
  const given = Array.from({ length: 6 }, () => {
    const result = pool.allocate(free);
    return result.kind === "allocated" ? result.addresses[0] : undefined;
  });
  assert.deepEqual(given, ["10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5", "10.0.0.6", "10.0.0.2"]);
});

test("ipam() gives one address of each family", () => {
  const result = ipam([cidr("10.0.0.0/24"), cidr("fd00::/64")]).allocate(() => false);
  assert.deepEqual(result, { kind: "allocated", addresses: ["10.0.0.2", "fd00::2"] });
});

test("gatewayAddress() is the first address after the network's", () => {
  assert.equal(gatewayAddress(cidr("10.244.3.0/24")), "10.244.3.1");
});
