import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fromHex } from "@antrea/wire";
import { readIpPacket } from "./ip-packet.ts";
import { rejectFrame } from "./reject-frame.ts";

const bytes = (text: string) => fromHex(text) as Uint8Array;
const hex = (frame: Uint8Array | undefined) => frame && Buffer.from(frame).toString("hex");
const macs = "0a0000000002 0a0000000001";
const back = "0a0000000001 0a0000000002".replaceAll(" ", "");

/** TCP 10.0.0.1:1000 to 10.0.0.2:80, sequence 16, acknowledging 32. */
const tcp = (flags: string, data = "") => {
  const length = (40 + data.length / 2).toString(16).padStart(4, "0");
  return bytes(
    `${macs} 0800 4500${length} 00000000 40060000 0a000001 0a000002 03e80050 00000010 00000020 50${flags}ffff 00000000 ${data}`,
  );
};
const udp = bytes(`${macs} 0800 4500001c 00000000 40110000 0a000001 0a000002 03e80035 00080000`);

test("rejectFrame() resets a TCP connection that begins, with the number that it expects", () => {
  assert.equal(
    hex(rejectFrame(tcp("02"))),
    `${back}08004500002800000000400666ce0a0000020a000001005003e800000000000000115014000097850000`,
  );
});

test("rejectFrame() resets in sequence what acknowledges something", () => {
  const answer = readIpPacket(rejectFrame(tcp("18", "abcd")) ?? new Uint8Array());
  assert.equal(hex(answer?.payload.subarray(4, 14)), "00000020000000005004");
});

test("rejectFrame() says administratively prohibited to the rest, and quotes it", () => {
  const answer = readIpPacket(rejectFrame(udp) ?? new Uint8Array());
  assert.equal(answer?.protocol, 1);
  assert.equal(hex(answer.payload.subarray(0, 2)), "030a");
  assert.equal(hex(answer.payload.subarray(8)), hex(udp.subarray(14)));
  const v6 = bytes(
    `${macs} 86dd 60000000 0008 11 40 ${"fd".padEnd(31, "0")}1 ${"fd".padEnd(31, "0")}2 03e80035 00080000`,
  );
  const answer6 = readIpPacket(rejectFrame(v6) ?? new Uint8Array());
  assert.equal(answer6?.protocol, 58);
  assert.equal(hex(answer6.payload.subarray(0, 2)), "0101");
});

test("rejectFrame() answers no reset, no ICMP error, no later fragment and no multicast", () => {
  const icmp = (type: string) =>
    bytes(`${macs} 0800 4500001c 00000000 40010000 0a000001 0a000002 ${type}000000 00000000`);
  const changed = (at: number, value: number) => {
    const frame = udp.slice();
    frame[at] = value;
    return frame;
  };
  assert.equal(rejectFrame(tcp("14")), undefined);
  assert.equal(rejectFrame(icmp("03")), undefined);
  assert.ok(rejectFrame(icmp("08")));
  assert.equal(rejectFrame(changed(21, 5)), undefined, "a later fragment");
  assert.equal(rejectFrame(changed(30, 224)), undefined, "multicast");
});

test("rejectFrame() takes whatever a Pod sends without an error", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 120 }),
      fc.constantFrom(udp, tcp("02")),
      (noise, base) => {
        const frame = base.slice(0, noise.length);
        for (const [i, byte] of noise.entries()) if (byte < 30 && i < frame.length) frame[i] = byte;
        rejectFrame(frame);
        rejectFrame(noise);
      },
    ),
  );
});
