import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { encodeIpPacket, type IpPacket } from "@antrea/net";
import { ip } from "../testing/parse.ts";
import { packetKey, readRefusal } from "./refusal.ts";

const packet = (source: string, destination: string): IpPacket => ({
  ...{ source: ip(source), destination: ip(destination), protocol: 47 },
  payload: Uint8Array.of(0, 0, 0x65, 0x58, 1, 2, 3, 4, 5),
});
const ipv4 = packet("192.0.2.1", "192.0.2.2");
const ipv6 = packet("2001:db8::1", "2001:db8::2");

/** An error of ICMP about a packet. */
const about = (type: number, code: number, { of = ipv4, keeps = 1_000 } = {}): Uint8Array =>
  Uint8Array.from([type, code, 0, 0, 0, 0, 0, 0, ...encodeIpPacket(of).subarray(0, keeps)]);

test("readRefusal() gives the packet back that nobody takes at its destination", () => {
  const of = (message: Uint8Array, asked: IpPacket) =>
    packetKey(readRefusal(message, asked.destination) ?? asked) === packetKey(asked) &&
    readRefusal(message, asked.destination) !== undefined;
  for (const code of [2, 3]) assert.ok(of(about(3, code, { keeps: 28 }), ipv4), `3/${code}`);
  assert.ok(of(about(1, 4, { of: ipv6 }), ipv6));
  assert.ok(of(about(4, 1, { of: ipv6 }), ipv6));
});

test("readRefusal() takes nothing else for one: another code, another sender, another IP family, a stump", () => {
  const none = (message: Uint8Array, sender = ipv4.destination) =>
    assert.equal(readRefusal(message, sender), undefined);
  for (const code of [0, 1, 4, 9, 10, 13]) none(about(3, code));
  none(about(11, 0));
  none(about(3, 2), ip("192.0.2.254"));
  none(about(3, 2, { of: ipv6 }));
  none(about(3, 2), ipv6.destination);
  for (const keeps of [0, 1, 19, 20, 23]) none(about(3, 2, { keeps }));
  none(about(1, 4, { of: ipv6, keeps: 43 }), ipv6.destination);
});

test("readRefusal() reads whatever comes", () => {
  for (let run = 0; run < 2_000; run++) {
    const noise = randomBytes(run % 64);
    for (const { destination } of [ipv4, ipv6]) readRefusal(noise, destination);
    readRefusal(Uint8Array.from([3, 3, 0, 0, 0, 0, 0, 0, ...noise]), ipv4.destination);
  }
});
