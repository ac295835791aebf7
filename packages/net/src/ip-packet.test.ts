import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { internetChecksum, wordSum } from "@antrea/wire";
import { type IpAddress, ipFromBytes, ipToBytes } from "./ip.ts";
import {
  encodeIpPacket,
  ipProtocols,
  type IpEnds,
  pseudoHeaderSum,
  udpPacket,
} from "./ip-packet.ts";

const address = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map(ipFromBytes);
const anyEnds: fc.Arbitrary<IpEnds> = fc
  .constantFrom(4, 16)
  .chain((bytes) => fc.record({ source: address(bytes), destination: address(bytes) }));
const port = fc.integer({ min: 0, max: 0xffff });
const content = fc.uint8Array({ maxLength: 2_000 });

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

test("encodeIpPacket() writes what RFC 791 and RFC 8200 say", () => {
  const payload = Uint8Array.of(1, 2, 3);
  const ipv4 = { source: "192.0.2.1" as IpAddress, destination: "192.0.2.2" as IpAddress };
  assert.equal(
    hex(encodeIpPacket({ ...ipv4, protocol: ipProtocols.gre, payload }, { dontFragment: true })),
    "4500001700004000402fb6b4c0000201c0000202010203",
  );
  const ipv6 = { source: "2001:db8::1" as IpAddress, destination: "2001:db8::2" as IpAddress };
  assert.equal(
    hex(encodeIpPacket({ ...ipv6, protocol: ipProtocols.gre, payload })),
    "6000000000032f40" +
      "20010db8000000000000000000000001" +
      "20010db8000000000000000000000002" +
      "010203",
  );
});

test("encodeIpPacket() makes headers of IPv4 whose sum is right, and changes nothing of what they carry", () => {
  fc.assert(
    fc.property(anyEnds, fc.integer({ min: 0, max: 255 }), content, (ends, protocol, payload) => {
      const bytes = encodeIpPacket({ ...ends, protocol, payload });
      const header = bytes.length - payload.length;
      assert.deepEqual(bytes.subarray(header), payload);
      const addresses = [...ipToBytes(ends.source), ...ipToBytes(ends.destination)];
      assert.deepEqual([...bytes.subarray(header - addresses.length, header)], addresses);
      if (header === 20) assert.equal(internetChecksum(wordSum(bytes.subarray(0, header))), 0);
    }),
  );
});

test("udpPacket() makes datagrams whose sum with the pseudo-header is right, and never none", () => {
  fc.assert(
    fc.property(anyEnds, port, port, content, (ends, from, to, bytes) => {
      const packet = udpPacket(ends, from, to, bytes);
      assert.equal(internetChecksum(pseudoHeaderSum(packet) + wordSum(packet.payload)), 0);
      const view = new DataView(packet.payload.buffer);
      assert.deepEqual([view.getUint16(0), view.getUint16(2)], [from, to]);
      assert.notEqual(view.getUint16(6), 0);
      assert.deepEqual(packet.payload.subarray(8), bytes);
    }),
  );
});
