import assert from "node:assert/strict";
import { test } from "node:test";
import { cidr, ip, onLink } from "../testing/parse.ts";
import type { ObservedLink } from "./links.ts";
import { observedHost } from "./observed.ts";
import {
  findTransport,
  type TransportChoice,
  TransportError,
  type TransportProblem,
} from "./transport.ts";

const host = observedHost({
  links: [
    link("lo", 1, 65536),
    link("eth0", 2, 1500),
    link("eth1", 3, 9000),
    link("idle", 4, 1500),
  ],
  addresses: [
    { device: "lo", ...onLink("127.0.0.1/8") },
    { device: "eth0", ...onLink("192.0.2.10/24") },
    { device: "eth0", ...onLink("192.0.2.11/24") },
    { device: "eth0", ...onLink("fe80::1/64") },
    { device: "eth1", ...onLink("198.51.100.10/26") },
    { device: "eth1", ...onLink("2001:db8::10/64") },
  ],
});

test("findTransport() takes the link that carries the Node's address", () => {
  const found = findTransport(host, { nodeAddresses: [ip("192.0.2.11")] });

  assert.deepEqual(found, {
    device: "eth0",
    index: 2,
    mtu: 1500,
    mac: undefined,
    ipv4: onLink("192.0.2.11/24"),
  });
});

test("findTransport() heeds a name before networks, and networks before the Node's address", () => {
  const nodeAddresses = [ip("192.0.2.10")];
  const transportInterfaceCIDRs = [cidr("198.51.100.0/24")];

  const byNetwork = findTransport(host, { nodeAddresses, transportInterfaceCIDRs });
  const byName = findTransport(host, {
    nodeAddresses,
    transportInterfaceCIDRs,
    transportInterface: "eth0",
  });

  assert.deepEqual([byNetwork.device, byNetwork.ipv4], ["eth1", onLink("198.51.100.10/26")]);
  assert.deepEqual([byName.device, byName.ipv4], ["eth0", onLink("192.0.2.10/24")]);
});

test("findTransport() gives both families of a named link, and no link-local address", () => {
  const found = findTransport(host, { nodeAddresses: [], transportInterface: "eth1" });

  assert.deepEqual(found.ipv6, onLink("2001:db8::10/64"));
  assert.equal(
    findTransport(host, { nodeAddresses: [], transportInterface: "eth0" }).ipv6,
    undefined,
  );
});

test("findTransport() says what is wrong with a choice", () => {
  const none: TransportChoice = { nodeAddresses: [] };
  const cases: readonly [TransportChoice, TransportProblem["code"]][] = [
    [{ ...none, transportInterface: "eth7" }, "no-device"],
    [{ ...none, transportInterface: "idle" }, "no-address"],
    [{ ...none, transportInterfaceCIDRs: [cidr("203.0.113.0/24")] }, "no-match"],
    [{ nodeAddresses: [ip("203.0.113.1")] }, "no-match"],
    [{ nodeAddresses: [ip("192.0.2.10"), ip("2001:db8::10")] }, "two-devices"],
  ];
  for (const [choice, code] of cases)
    assert.throws(
      () => findTransport(host, choice),
      (error) => error instanceof TransportError && error.problem.code === code,
      code,
    );
});

function link(name: string, index: number, mtu: number): ObservedLink {
  return { name, index, mtu, kind: "", isUp: true, isRunning: true, master: "" };
}
