import assert from "node:assert/strict";
import { test } from "node:test";
import { type CniResult, formatCniResult, parseCniResult } from "./result.ts";
import { cniVersions } from "./versions.ts";

function parsed(value: unknown): CniResult {
  const result = parseCniResult(value);
  assert.ok("value" in result, JSON.stringify(result));
  return result.value;
}

const newest = {
  cniVersion: "1.1.0",
  interfaces: [
    { name: "web-1-a1b2c3" },
    { name: "eth0", mac: "0a:00:00:00:00:05", sandbox: "/var/run/netns/x", mtu: 1450 },
  ],
  ips: [
    { address: "10.10.1.5/24", gateway: "10.10.1.1", interface: 1 },
    { address: "fd00::5/64", interface: 1 },
  ],
  routes: [{ dst: "0.0.0.0/0", gw: "10.10.1.1", priority: 5 }, { dst: "10.96.0.0/12" }],
  dns: { nameservers: ["10.96.0.10"] },
};

test("formatCniResult() writes what parseCniResult() read, in the newest version", () => {
  assert.deepEqual(formatCniResult(parsed(newest), "1.1.0"), newest);
});

test("formatCniResult() puts a version beside each address before 1.0.0, and leaves out what is newer", () => {
  for (const version of ["0.3.0", "0.3.1", "0.4.0"] as const) {
    assert.deepEqual(formatCniResult(parsed(newest), version), {
      cniVersion: version,
      interfaces: [
        { name: "web-1-a1b2c3" },
        { name: "eth0", mac: "0a:00:00:00:00:05", sandbox: "/var/run/netns/x" },
      ],
      ips: [
        { version: "4", address: "10.10.1.5/24", gateway: "10.10.1.1", interface: 1 },
        { version: "6", address: "fd00::5/64", interface: 1 },
      ],
      routes: [{ dst: "0.0.0.0/0", gw: "10.10.1.1" }, { dst: "10.96.0.0/12" }],
      dns: { nameservers: ["10.96.0.10"] },
    });
  }
  const ips = formatCniResult(parsed(newest), "1.0.0")["ips"];
  assert.deepEqual(ips, newest.ips);
});

test("parseCniResult() reads the form of every version alike", () => {
  const { mtu: _, ...eth0 } = newest.interfaces[1] ?? {};
  const { priority: __, ...route } = newest.routes[0] ?? {};
  const older = parsed({
    ...newest,
    interfaces: [newest.interfaces[0], eth0],
    routes: [route, newest.routes[1]],
  });
  for (const version of cniVersions) {
    assert.deepEqual(parsed(formatCniResult(older, version)), older, version);
  }
});

test("parseCniResult() takes Go's null for an absent list, and says where a value is wrong", () => {
  assert.deepEqual(parsed({ interfaces: null, ips: null, dns: {} }), { dns: {} });
  assert.deepEqual(parseCniResult({ ips: [{ address: "10.0.0.300/24" }] }), {
    problem:
      'ips[0].address is "10.0.0.300/24", but must be an address with a prefix length, as in 10.0.0.5/24',
  });
});
