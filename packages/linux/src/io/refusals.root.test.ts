import assert from "node:assert/strict";
import { test } from "node:test";
import { testPair } from "../testing/pair.ts";
import { ip } from "../testing/parse.ts";
import { hostNetwork } from "./host-network.ts";

const signal = () => AbortSignal.timeout(60_000);
const gre = 47;
const udp = 17;

const ends = {
  ipv4: { source: ip("192.0.2.1"), destination: ip("192.0.2.2") },
  ipv6: { source: ip("2001:db8::1"), destination: ip("2001:db8::2") },
} as const;

/** GRE around an Ethernet frame (RFC 2784), of which nothing but the header is there. */
const grePacket = (family: keyof typeof ends) => ({
  ...{ ...ends[family], protocol: gre },
  payload: Uint8Array.of(0, 0, 0x65, 0x58, 0, 0, 0, 0),
});
/** UDP in IPv4 without a checksum. */
const datagram = (port: number) => ({
  ...{ ...ends.ipv4, protocol: udp },
  payload: Uint8Array.of(0xc0, 0, port >> 8, port & 0xff, 0, 8, 0, 0),
});

test("refusedPackets() knows by the kernel over there what has arrived, of both IP families", async () => {
  using pair = testPair();
  const { refusedPackets } = hostNetwork({ netnsPath: pair.a.path });
  const packets = [grePacket("ipv4"), grePacket("ipv6"), datagram(7000)];
  const began = performance.now();
  assert.deepEqual(await refusedPackets(packets, { signal: signal() }), new Set(packets));
  assert.ok(performance.now() - began < 1_000, "it does not wait for what it knows");
  assert.equal((await refusedPackets([], { signal: signal() })).size, 0);
});

test("refusedPackets() leaves out what is dropped, what a filter on the way refuses, and what cannot be sent", async () => {
  using pair = testPair();
  const { a, b } = pair;
  b.run("sysctl", "-w", "net.ipv4.ip_forward=1");
  b.run(
    "nft",
    `add table inet t; add chain inet t c { type filter hook input priority 0; policy accept; }
     add chain inet t f { type filter hook forward priority 0; policy accept; }
     add rule inet t c ip protocol gre drop; add rule inet t c udp dport 7000 drop
     add rule inet t f ip daddr 198.51.100.1 reject`,
  );
  a.run("ip", "route", "add", "198.51.100.0/24", "via", "192.0.2.2");
  b.run("ip", "route", "add", "198.51.100.0/24", "dev", "b0");
  const { refusedPackets } = hostNetwork({ netnsPath: a.path });
  const arrives = [grePacket("ipv6"), datagram(7001)];
  const packets = [
    ...[grePacket("ipv4"), datagram(7000), ...arrives],
    { ...datagram(7001), destination: ip("198.51.100.1") },
    { ...datagram(7001), destination: ip("203.0.113.1") },
    { ...datagram(7001), source: ip("192.0.2.77") },
  ];
  assert.deepEqual(await refusedPackets(packets, { signal: signal() }), new Set(arrives));
});

test("refusedPackets() of both ends at once do not take each other's packets", async () => {
  using pair = testPair();
  const there = grePacket("ipv4");
  const back = { ...there, source: there.destination, destination: there.source };
  const [ours, theirs] = await Promise.all([
    hostNetwork({ netnsPath: pair.a.path }).refusedPackets([there], { signal: signal() }),
    hostNetwork({ netnsPath: pair.b.path }).refusedPackets([back], { signal: signal() }),
  ]);
  assert.deepEqual([...ours, ...theirs], [there, back]);
});

test("refusedPackets() ends when it is told to", async () => {
  using pair = testPair();
  const { refusedPackets } = hostNetwork({ netnsPath: pair.a.path });
  assert.equal((await refusedPackets([datagram(7000)], { signal: AbortSignal.abort() })).size, 0);
});
