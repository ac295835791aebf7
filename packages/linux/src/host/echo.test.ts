import assert from "node:assert/strict";
import { test } from "node:test";
import { ip } from "../testing/parse.ts";
import { parsePing, pingArguments } from "./echo.ts";

const destination = ip("192.0.2.7");

test("pingArguments() makes a packet of the size asked for, headers included", () => {
  const ipv4 = pingArguments({ destination, packetBytes: 1500 });
  const ipv6 = pingArguments({ destination: ip("2001:db8::7"), packetBytes: 1500 });

  assert.equal(ipv4.join(" "), "-4 -n -c 1 -W 1 -s 1472 -M do -- 192.0.2.7");
  assert.equal(ipv6.join(" "), "-6 -n -c 1 -W 1 -s 1452 -M do -- 2001:db8::7");
});

test("pingArguments() passes source, time and fragmentation on", () => {
  const args = pingArguments({ destination, mayFragment: true, timeoutMs: 250, source: "eth1" });

  assert.equal(args.join(" "), "-4 -n -c 1 -W 0.25 -s 56 -M dont -I eth1 -- 192.0.2.7");
});

const says: readonly [string, ReturnType<typeof parsePing>][] = [
  [
    "64 bytes from 192.0.2.7: icmp_seq=1 ttl=64 time=0.030 ms",
    { kind: "reply", roundTripMs: 0.03 },
  ],
  ["1480 bytes from 192.0.2.7: icmp_seq=1 ttl=64 time=12 ms", { kind: "reply", roundTripMs: 12 }],
  ["ping: local error: message too long, mtu=1400", { kind: "tooBig", mtu: 1400 }],
  ["From 10.0.0.1 icmp_seq=1 Frag needed and DF set (mtu = 1400)", { kind: "tooBig", mtu: 1400 }],
  ["From fd00::1 icmp_seq=1 Packet too big: mtu=1280", { kind: "tooBig", mtu: 1280 }],
  [
    "From 192.0.2.1 icmp_seq=1 Destination Host Unreachable",
    { kind: "unreachable", reason: "Destination Host Unreachable", by: ip("192.0.2.1") },
  ],
  [
    "From fd00::1 icmp_seq=1 Destination unreachable: No route",
    { kind: "unreachable", reason: "Destination unreachable: No route", by: ip("fd00::1") },
  ],
  [
    "ping: connect: Network is unreachable",
    { kind: "unreachable", reason: "Network is unreachable" },
  ],
  ["1 packets transmitted, 0 received, 100% packet loss, time 0ms", { kind: "noAnswer" }],
  ["ping: unknown iface eth9", undefined],
  ["", undefined],
];

for (const [line, result] of says)
  test(`parsePing() understands "${line}"`, () => {
    assert.deepEqual(
      parsePing(`PING 192.0.2.7 (192.0.2.7) 56(84) bytes of data.\n${line}\n`),
      result,
    );
  });
