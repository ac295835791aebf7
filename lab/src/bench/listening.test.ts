import assert from "node:assert/strict";
import { test } from "node:test";
import { isListening } from "./listening.ts";

const sockets = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt
   0: 00000000:1B9E 00000000:0000 0A 00000000:00000000 00:00000000 00000000
   1: 0100007F:1BA8 0100007F:D431 01 00000000:00000000 00:00000000 00000000
`;

test("isListening() finds a socket that listens, and takes no connection for one", () => {
  assert.equal(isListening(sockets, 7070), true);
  assert.equal(isListening(sockets, 7080), false);
  assert.equal(isListening("", 7070), false);
});

test("isListening() reads IPv6 sockets too", () => {
  const any =
    "   0: 00000000000000000000000000000000:1451 00000000000000000000000000000000:0000 0A 0:0";
  assert.equal(isListening(any, 5201), true);
});
