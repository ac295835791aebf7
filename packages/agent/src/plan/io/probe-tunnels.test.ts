import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { test } from "node:test";
import { ip } from "@antrea/pipeline/testing";
import type { TunnelProbe } from "../tunnel-probe.ts";
import { probeTunnels } from "./probe-tunnels.ts";

const { signal } = new AbortController();

/** A port that is free at this moment, and maybe somebody who takes all that comes there and says nothing. */
async function portOf(who: "nobody" | "a mute") {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  if (who === "nobody") socket.close();
  return { port, [Symbol.dispose]: () => who === "a mute" && socket.close() };
}

const probe = (port: number): TunnelProbe => ({
  ...{ node: "node-2", source: ip("127.0.0.1"), destination: ip("127.0.0.1") },
  ...{ port, payload: new Uint8Array(68) },
});

test("probeTunnels() knows by the refusal of the kernel over there that a datagram arrived", async () => {
  using nobody = await portOf("nobody");
  using mute = await portOf("a mute");
  const [arrives, isLost] = [probe(nobody.port), probe(mute.port)];
  const reached = await probeTunnels([arrives, isLost], { signal });
  assert.deepEqual([...reached], [arrives]);
});

test("probeTunnels() sends nothing from an address that is not here, and ends when it is told to", async () => {
  using mute = await portOf("a mute");
  const elsewhere = { ...probe(mute.port), source: ip("192.0.2.1") };
  assert.equal((await probeTunnels([elsewhere], { signal })).size, 0);
  const began = performance.now();
  await probeTunnels([probe(mute.port)], { signal: AbortSignal.abort() });
  assert.ok(performance.now() - began < 900);
});
