import assert from "node:assert/strict";
import { test } from "node:test";
import { testPair } from "../testing/pair.ts";
import { ip } from "../testing/parse.ts";
import { hostNetwork } from "./host-network.ts";

const signal = () => AbortSignal.timeout(60_000);

for (const destination of ["192.0.2.2", "2001:db8::2"])
  test(`icmpEcho() times the way to ${destination} and back`, async () => {
    using pair = testPair();

    const result = await hostNetwork({ netnsPath: pair.a.path }).icmpEcho(
      { destination: ip(destination), packetBytes: 1500, timeoutMs: 10_000 },
      { signal: signal() },
    );

    assert.ok(result.kind === "reply" && result.roundTripMs > 0, JSON.stringify(result));
  });

test("icmpEcho() says that a packet is too big for our own link", async () => {
  using pair = testPair();

  const result = await hostNetwork({ netnsPath: pair.a.path }).icmpEcho(
    { destination: ip("192.0.2.2"), packetBytes: 1501 },
    { signal: signal() },
  );

  assert.deepEqual(result, { kind: "tooBig", mtu: 1500 });
});

test("icmpEcho() says that a packet is too big for a link further on", async () => {
  using pair = testPair();
  pair.b.run("sysctl", "-w", "net.ipv4.ip_forward=1");
  pair.b.run("ip", "link", "add", "c0", "mtu", "1300", "type", "bridge");
  pair.b.run("ip", "link", "set", "c0", "up");
  pair.b.run("ip", "route", "add", "198.51.100.0/24", "dev", "c0");
  pair.a.run("ip", "route", "add", "198.51.100.0/24", "via", "192.0.2.2");

  const result = await hostNetwork({ netnsPath: pair.a.path }).icmpEcho(
    { destination: ip("198.51.100.1"), packetBytes: 1500 },
    { signal: signal() },
  );

  assert.deepEqual(result, { kind: "tooBig", mtu: 1300 });
});

test("icmpEcho() tells silence from refusal", async () => {
  using pair = testPair();
  pair.b.run(
    "nft",
    "add table ip t; add chain ip t c { type filter hook input priority 0; policy drop; }",
  );
  pair.a.run("ip", "route", "add", "unreachable", "10.0.0.0/8");
  const network = hostNetwork({ netnsPath: pair.a.path });
  const to = (destination: string) =>
    network.icmpEcho({ destination: ip(destination), timeoutMs: 200 }, { signal: signal() });

  assert.deepEqual(await to("192.0.2.2"), { kind: "noAnswer" });
  assert.deepEqual(await to("203.0.113.1"), {
    kind: "unreachable",
    reason: "Network is unreachable",
  });
  assert.deepEqual(await to("10.1.2.3"), { kind: "unreachable", reason: "No route to host" });
});
