import assert from "node:assert/strict";
import { test } from "node:test";
import { DecodeError, fromHex } from "@antrea/wire";
import { decodeAcknowledgement } from "./acknowledgement.ts";
import { decodeMessages, type NetlinkMessage } from "./message.ts";

// Answers of a Linux 6.18 kernel to iproute2, as strace saw them.
const done = "24000000 02000001 0a00046b ce410000 00000000 20000000 10000500 0a00046b 00000000";
const whole =
  "48000000 02000000 0a00046b e3291d8d edffffff 34000000 12000100 0a00046b 00000000 00000000 " +
  "00000000 00000000 00000000 08001d00 09000000 0b000300 6e6f7375 63680000";
const withHint =
  "60000000 02000002 0f00046b 24420000 9bffffff 2c000000 18000506 0f00046b 00000000 02100000 " +
  "fe030001 00000000 08000100 0a090000 08000500 0ac80001 20000100 4e657874 686f7020 68617320 " +
  "696e7661 6c696420 67617465 77617900";

test("decodeAcknowledgement() takes errno 0 for done", () => {
  assert.deepEqual(decodeAcknowledgement(message(done)), { errno: 0 });
});

test("decodeAcknowledgement() gives the errno of a refusal", () => {
  assert.deepEqual(decodeAcknowledgement(message(whole)), { errno: 19 });
});

test("decodeAcknowledgement() gives the kernel's sentence behind the quoted request", () => {
  assert.deepEqual(decodeAcknowledgement(message(withHint)), {
    errno: 101,
    hint: "Nexthop has invalid gateway",
  });
});

test("decodeAcknowledgement() refuses one that is cut short", () => {
  const { payload, ...rest } = message(withHint);

  for (const size of [0, 3, 6, 50, 60])
    assert.throws(
      () => decodeAcknowledgement({ ...rest, payload: payload.subarray(0, size) }),
      DecodeError,
      `${size} bytes`,
    );
});

function message(hex: string): NetlinkMessage {
  const [found] = decodeMessages(fromHex(hex) ?? new Uint8Array());
  assert.ok(found);
  return found;
}
