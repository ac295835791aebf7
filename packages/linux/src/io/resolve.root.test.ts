import assert from "node:assert/strict";
import { test } from "node:test";
import { HostError } from "../host/error.ts";
import { hostState } from "../host/state.ts";
import { testPair } from "../testing/pair.ts";
import { ip } from "../testing/parse.ts";
import { hostNetwork } from "./host-network.ts";

const soon = () => AbortSignal.timeout(60_000);

test("resolveRoute() says device, next hop and source as the kernel would choose them", () => {
  using pair = testPair();
  pair.a.run("ip", "route", "add", "10.10.2.0/24", "via", "192.0.2.2", "mtu", "1400");
  const network = hostNetwork({ netnsPath: pair.a.path });

  assert.deepEqual(network.resolveRoute(ip("10.10.2.5")), {
    isLocal: false,
    device: "a0",
    via: "192.0.2.2",
    source: "192.0.2.1",
    mtu: 1400,
  });
  assert.deepEqual(network.resolveRoute(ip("192.0.2.9")), {
    isLocal: false,
    device: "a0",
    source: "192.0.2.1",
  });
  assert.equal(network.resolveRoute(ip("2001:db8::9"))?.source, "2001:db8::1");
  assert.equal(network.resolveRoute(ip("192.0.2.1"))?.isLocal, true);
});

test("resolveRoute() is undefined where no route leads", () => {
  using pair = testPair();
  for (const type of ["blackhole", "unreachable", "prohibit"])
    pair.a.run("ip", "route", "add", type, `10.${type.length}.0.0/16`);
  const network = hostNetwork({ netnsPath: pair.a.path });

  for (const destination of ["203.0.113.1", "10.9.0.1", "10.11.0.1", "10.8.0.1"])
    assert.equal(network.resolveRoute(ip(destination)), undefined, destination);
});

for (const peer of ["192.0.2.2", "2001:db8::2"])
  test(`resolveNeighbour() has the kernel ask for ${peer}`, async () => {
    using pair = testPair();
    const network = hostNetwork({ netnsPath: pair.a.path });
    assert.equal(network.neighbourOf("a0", ip(peer)), undefined);

    const found = await network.resolveNeighbour("a0", ip(peer), { signal: soon() });

    assert.equal(found, pair.b.ip("link", "show", "b0")[0].address);
    assert.equal(network.neighbourOf("a0", ip(peer))?.mac, found);
    assert.equal(await network.resolveNeighbour("a0", ip(peer), { signal: soon() }), found);
  });

test("resolveNeighbour() says when nobody answers", async () => {
  using pair = testPair();
  pair.a.run("sysctl", "-w", "net.ipv4.neigh.a0.retrans_time_ms=20");
  const network = hostNetwork({ netnsPath: pair.a.path });

  await assert.rejects(
    network.resolveNeighbour("a0", ip("192.0.2.99"), { signal: soon() }),
    (error) => error instanceof HostError && error.problem.code === "no-neighbour",
  );
});

test("resolveNeighbour() ends with its signal", async () => {
  using pair = testPair();
  const network = hostNetwork({ netnsPath: pair.a.path });

  await assert.rejects(
    network.resolveNeighbour("a0", ip("192.0.2.99"), { signal: AbortSignal.timeout(20) }),
    { name: "TimeoutError" },
  );
});

test("neighbourOf() refuses a device that is not there", () => {
  using pair = testPair();

  assert.throws(
    () => hostNetwork({ netnsPath: pair.a.path }).neighbourOf("nosuch0", ip("192.0.2.2")),
    (error) => error instanceof HostError && error.problem.code === "no-device",
  );
});

test("converge() has the kernel keep a managed neighbour resolved without traffic", async () => {
  using pair = testPair();
  const network = hostNetwork({ netnsPath: pair.a.path });
  const neighbour = {
    device: "a0",
    address: ip("192.0.2.2"),
    state: "none",
    isManaged: true,
  } as const;
  const wish = { desired: hostState({ neighbours: [neighbour] }), owns: {} };

  assert.deepEqual((await network.converge(wish)).failures, []);

  assert.match(pair.a.run("ip", "neigh", "show", "192.0.2.2"), /managed/);
  const found = await network.resolveNeighbour("a0", ip("192.0.2.2"), { signal: soon() });
  assert.equal(found, pair.b.ip("link", "show", "b0")[0].address);
  assert.equal((await network.converge(wish)).applied, 0);
});
