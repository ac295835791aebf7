import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { testPair } from "../testing/pair.ts";
import { hostNetwork } from "./host-network.ts";

/** A program with a packet socket on `b0`; each line on its input makes it read all that waits there. */
const reader = `
import socket, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0x300)
s.bind(("b0", 3))
s.setblocking(False)
print("open", flush=True)
for line in sys.stdin:
    try:
        while True: s.recv(2048)
    except BlockingIOError: print("read", flush=True)
`;

test("unreadBytes() tells what a reader of a device has before it, and nothing of other devices", async () => {
  using pair = testPair();
  const host = hostNetwork({ netnsPath: pair.b.path });
  const program = spawn("nsenter", [`--net=${pair.b.path}`, "python3", "-c", reader], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  try {
    await once(program.stdout, "data");
    pair.a.run("ping", "-c", "1", "192.0.2.2");
    assert.ok(host.unreadBytes("b0") > 0);
    assert.equal(host.unreadBytes("lo"), 0);
    assert.equal(host.unreadBytes("absent"), 0);
    // the kernels' own words to their neighbours may still come
    for (let times = 0; host.unreadBytes("b0") > 0; times++) {
      assert.ok(times < 100, "what was read still waits");
      program.stdin.write("\n");
      await once(program.stdout, "data");
    }
  } finally {
    program.kill("SIGKILL");
  }
});
