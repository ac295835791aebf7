import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePacketSockets, socketInode } from "./packet-sockets.ts";

test("parsePacketSockets() gives the inode of each row, its device and what waits there, and nothing of the title", () => {
  const table = `sk               RefCnt Type Proto  Iface R Rmem   User   Inode
00000000a1b2c3d4 3      3    0003   7     1 0      0      48213
00000000a1b2c3d5 3      3    0003   12    1 212992 0      48299\x20
00000000a1b2c3d6 3      3    0000   0     0 0      0      48300
`;
  assert.deepEqual(
    [...parsePacketSockets(table)],
    [
      ["48213", { device: 7, unreadBytes: 0 }],
      ["48299", { device: 12, unreadBytes: 212_992 }],
      ["48300", { device: 0, unreadBytes: 0 }],
    ],
  );
  assert.deepEqual([...parsePacketSockets("sk RefCnt Type Proto Iface R Rmem User Inode\n")], []);
});

test("socketInode reads the link of a socket, and of nothing else", () => {
  assert.equal(socketInode("socket:[48213]"), "48213");
  assert.equal(socketInode("/dev/net/tun"), undefined);
  assert.equal(socketInode("anon_inode:[eventpoll]"), undefined);
});
