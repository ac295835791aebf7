import assert from "node:assert/strict";
import { test } from "node:test";
import { type IpAddress, parseCidr } from "@antrea/net";
import { gatewayAddress, ipam } from "./ipam.ts";

const cidr = (text: string) => {
  const parsed = parseCidr(text);
  assert.ok(parsed);
  return parsed;
};

/** Begins at this place. */
const at = (place: number) => () => new Uint8Array([0, 0, 0, place]);

test("ipam() never gives the network, gateway or broadcast address, nor one that is taken", () => {
  const pool = ipam([cidr("10.0.0.0/29")], at(3));
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
  const pool = ipam([cidr("10.0.0.0/29")], at(3));
  const free = () => false;
  const given = Array.from({ length: 6 }, () => {
    const result = pool.allocate(free);
    return result.kind === "allocated" ? result.addresses[0] : undefined;
  });
  assert.deepEqual(given, ["10.0.0.5", "10.0.0.6", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5"]);
});

test("ipam() gives one address of each family", () => {
  const pool = ipam([cidr("10.0.0.0/24"), cidr("fd00::/64")], at(1));
  assert.deepEqual(
    pool.allocate(() => false),
    { kind: "allocated", addresses: ["10.0.0.3", "fd00::3"] },
  );
});

test("ipam() begins anywhere, with IPv6 addresses that can be read, so that a new agent does not give what the last one took back", () => {
  const highest = () => new Uint8Array(4).fill(0xff);
  const result = ipam([cidr("10.0.0.0/24"), cidr("fd00::/64")], highest).allocate(() => false);
  assert.deepEqual(result, { kind: "allocated", addresses: ["10.0.0.82", "fd00::1:1"] });
  const { kind } = ipam([cidr("10.0.0.0/31")], highest).allocate(() => false);
  assert.equal(kind, "exhausted");
});

test("gatewayAddress() is the first address after the network's", () => {
  assert.equal(gatewayAddress(cidr("10.244.3.0/24")), "10.244.3.1");
});
