import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDeviceFrames } from "./receive-moderation.ts";

test("parseDeviceFrames() reads what each device received and sent", () => {
  const text = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:    2776      32    0    0    0     0          0         0     2776      33    0    0    0     0       0          0
web-4f2a91: 9999999999 7000000    0    0    0     0          0         0 66 1    0    0    0     0       0          0
 eth0:1: 1 2 0 0 0 0 0 0 3 4 0 0 0 0 0 0
`;
  assert.deepEqual(
    [...parseDeviceFrames(text)],
    [
      ["lo", { received: 32, sent: 33 }],
      ["web-4f2a91", { received: 7_000_000, sent: 1 }],
      ["eth0:1", { received: 2, sent: 4 }],
    ],
  );
  assert.equal(parseDeviceFrames("").size, 0);
});
