import assert from "node:assert/strict";
import { test } from "node:test";
import { type IpAddress, ipToBytes } from "@antrea/net";
import fc from "fast-check";
import { readPcap } from "./pcap.ts";

const a = "10.244.0.5" as IpAddress;
const b = "10.244.3.7" as IpAddress;
const nodeA = "172.30.1.10" as IpAddress;
const nodeB = "172.30.2.11" as IpAddress;
const pods = { source: a, destination: b, protocol: 1 };
const nodes = { source: nodeA, destination: nodeB };

test("readPcap() sees bare Pod addresses", () => {
  const [seen] = readPcap(pcap(1, ethernet(ipv4(a, b, 1))));
  assert.deepEqual(seen, {
    carrier: "bare",
    outer: { source: a, destination: b },
    inner: pods,
    interfaceIndex: 0,
  });
});

const inner = ethernet(ipv4(a, b, 1));
const tunnels = {
  geneve: udp(6081, [0x02, 0, 0x65, 0x58, 0, 0, 1, 0, ...Array(8).fill(0), ...inner]),
  vxlan: udp(4789, [0x08, 0, 0, 0, 0, 0, 1, 0, ...inner]),
  gre: { protocol: 47, payload: [0x20, 0, 0x65, 0x58, 0, 0, 0, 1, ...inner] },
};
for (const [carrier, { protocol, payload }] of Object.entries(tunnels))
  test(`readPcap() sees the Pods' packet inside ${carrier}, and on which interface`, () => {
    const [seen] = readPcap(pcap(276, sll2(9, ipv4(nodeA, nodeB, protocol, payload))));
    assert.deepEqual(seen, { carrier, outer: nodes, inner: pods, interfaceIndex: 9 });
  });

test("readPcap() sees a plain IP packet inside GRE", () => {
  const payload = [0, 0, 0x08, 0, ...ipv4(a, b, 1)];
  const [seen] = readPcap(pcap(1, ethernet(ipv4(nodeA, nodeB, 47, payload))));
  assert.deepEqual(seen?.inner, pods);
});

test("readPcap() does not know what is inside an encrypted tunnel", () => {
  for (const [protocol, carrier] of [
    [50, "esp"],
    [17, "wireguard"],
  ] as const) {
    const payload = protocol === 17 ? udp(51820, [1, 2, 3]).payload : [1, 2, 3, 4];
    const [seen] = readPcap(pcap(1, ethernet(ipv4(nodeA, nodeB, protocol, payload))));
    assert.deepEqual([seen?.carrier, seen?.inner], [carrier, undefined]);
  }
});

test("readPcap() leaves out a record that was cut off and what is not IP", () => {
  const arp = [...Array(12).fill(0), 0x08, 0x06, 1, 2, 3];
  const whole = pcap(1, arp, inner, inner);
  assert.equal(readPcap(whole).length, 2);
  for (let size = 0; size < whole.length; size++)
    assert.ok(readPcap(whole.subarray(0, size)).length < 2);
});

test("readPcap() never throws, whatever the frames hold", () => {
  const bytes = fc.uint8Array({ maxLength: 120 });
  fc.assert(
    fc.property(fc.constantFrom(1, 276, 113), bytes, (linkType, frame) => {
      readPcap(pcap(linkType, [...frame]));
      readPcap(pcap(linkType, [...inner.slice(0, 14), ...frame]));
    }),
    { numRuns: 500 },
  );
});

type Bytes = readonly number[];

function pcap(linkType: number, ...frames: readonly Bytes[]): Uint8Array {
  const header = [u32(0xa1b2c3d4), [2, 0, 4, 0], u32(0), u32(0), u32(65535), u32(linkType)].flat();
  const records = frames.flatMap((f) =>
    [u32(0), u32(0), u32(f.length), u32(f.length), [...f]].flat(),
  );
  return Uint8Array.from([...header, ...records]);
}

function ethernet(packet: Bytes): Bytes {
  return [...Array(12).fill(2), 0x08, 0x00, ...packet];
}

function sll2(interfaceIndex: number, packet: Bytes): Bytes {
  return [0x08, 0x00, 0, 0, 0, 0, 0, interfaceIndex, ...Array(12).fill(0), ...packet];
}

function ipv4(source: IpAddress, to: IpAddress, protocol: number, payload: Bytes = []): Bytes {
  const head = [0x45, 0, 0, 0, 0, 0, 0, 0, 64, protocol, 0, 0];
  return [...head, ...ipToBytes(source), ...ipToBytes(to), ...payload];
}

function udp(port: number, body: Bytes): { protocol: number; payload: Bytes } {
  return { protocol: 17, payload: [0xc0, 1, port >> 8, port & 255, 0, 0, 0, 0, ...body] };
}

function u32(value: number): number[] {
  return [value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24];
}
